import { within } from '../closing.ts'
import type { Instant } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Pool } from '../db.ts'
import { reasonOf } from '../failure.ts'

/** What a check comes to: in one line, with what to do unless all is well. */
export interface Finding {
  verdict: 'ok' | 'warn' | 'fail'
  found: string
  /** Null: nothing. */
  advice: string | null
}

/** An installation as it is looked at. */
export interface Patient {
  config: Config
  pool: Pool
  clock: () => Instant
}

export interface Check {
  name: string
  /** What must be there to look at: else the check is left out, as another one has told what is missing. */
  needs?: 'database' | 'tables'
  /** Throwing is a failure, and what was thrown says why. */
  look(patient: Patient): Promise<Finding>
}

export interface Result extends Finding {
  name: string
}

export const ok = (found: string): Finding => ({ verdict: 'ok', found, advice: null })
export const warn = (found: string, advice: string): Finding => ({ verdict: 'warn', found, advice })
export const fail = (found: string, advice: string): Finding => ({ verdict: 'fail', found, advice })

/** Makes a check; whatever it does takes at most `seconds`, and no secret of `secrets` is in what it says. */
export async function make(check: Check, patient: Patient, secrets: readonly string[], seconds: number): Promise<Result> {
  let finding = fail(`no answer within ${seconds} s`, 'See whether what it asks is overloaded, or a firewall drops packets.')
  const looking = check.look(patient).then(
    (made) => void (finding = made),
    (error: Error) => void (finding = fail(reasonOf(error.message), 'That should not be: see the message.')),
  )
  await within(seconds, looking)
  const clean = (text: string) =>
    secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text).replaceAll(/\s*\n\s*/g, ' ')
  const { verdict, found, advice } = finding
  return { name: check.name, verdict, found: clean(found), advice: advice === null ? null : clean(advice) }
}
