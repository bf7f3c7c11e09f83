import type { Instant } from '../../clock.ts'
import type { HeldBack } from './may-be-sent.ts'

/**
 * What became of one attempt.
 * - `sent`: the server said 250, and this (`response`). `written`: the mail lies in the outbox, no mail server is configured.
 * - `refused`: the server refused this recipient or message for good (5xx).
 * - `again`: it refused for now (4xx).
 * - `unreachable`: it was not reached, or refused everybody: the message was never offered for this recipient.
 * - `uncertain`: the connection was lost after the message had begun to flow: it may or may not have been accepted.
 *
 * `size` is that of the whole mail in bytes, where there was one.
 */
export type Outcome = ({ kind: 'sent'; response: string } | { kind: 'written' } | Failure) & { size?: number | undefined }

export interface Failure {
  kind: 'refused' | 'again' | 'unreachable' | 'uncertain'
  error: string
}

/** The row of a delivery as an attempt found it: `attempts` counts that attempt already. */
export interface Attempt {
  attempts: number
  doubts: number
  createdAt: Instant
}

/** What a row becomes. */
export interface Settlement {
  state: 'queued' | 'sent' | 'written' | 'refused' | 'uncertain' | HeldBack['state']
  error: string | null
  nextAttemptAt: Instant | null
  attempts: number
  doubts: number
  size: number | null
  response: string | null
}

export const MOST_ATTEMPTS = 5
/** After that a mail about last week is no use: a server that was away so long gives the row up. */
const LONGEST_WAIT = 3 * 86_400
/** Seconds before the second, third, fourth and fifth attempt. */
const BACK_OFF = [60, 300, 1200, 3600]
const UNREACHABLE_AGAIN = 60

/**
 * Decides what follows from an attempt. Once a copy may have arrived (`doubts`), at most one more is tried, so that nobody
 * ever gets more than two, and a row is never called refused again: a person decides.
 * @param jitter 0 to 1, so that what failed together is not tried together
 */
export function settle(outcome: Outcome, attempt: Attempt, now: Instant, jitter: number): Settlement {
  const { attempts, doubts } = attempt
  const kept = { attempts, doubts, nextAttemptAt: null, size: outcome.size ?? null, response: null }
  if (outcome.kind === 'sent') return { ...kept, state: 'sent', error: null, response: outcome.response }
  if (outcome.kind === 'written') return { ...kept, state: 'written', error: null }
  return { ...kept, ...afterFailure(outcome, attempt, now, jitter) }
}

function afterFailure({ kind, error }: Failure, { attempts, doubts, createdAt }: Attempt, now: Instant, jitter: number) {
  if (kind === 'uncertain') {
    return { state: 'uncertain', error, doubts: doubts + 1, nextAttemptAt: doubts === 0 ? now + BACK_OFF[0]! : null } as const
  }
  const end = doubts > 0 ? 'uncertain' : 'refused'
  const waiting = doubts > 0 ? 'uncertain' : 'queued'
  if (kind === 'refused' || now >= createdAt + LONGEST_WAIT) return { state: end, error } as const
  if (kind === 'unreachable') {
    return { state: waiting, error, attempts: attempts - 1, nextAttemptAt: now + UNREACHABLE_AGAIN * (1 + jitter) } as const
  }
  if (attempts >= MOST_ATTEMPTS) return { state: end, error } as const
  const pause = BACK_OFF[Math.min(attempts, BACK_OFF.length) - 1] as number
  return { state: waiting, error, nextAttemptAt: now + pause * (1 + jitter / 5) } as const
}

/** What becomes of a row that is not to be sent any more. Where a copy may have arrived before, that stays what is known. */
export function holdBack({ state, reason }: HeldBack, { attempts, doubts }: Attempt): Settlement {
  const kept = { attempts: attempts - 1, doubts, nextAttemptAt: null, size: null, response: null, error: reason }
  return { ...kept, state: doubts > 0 ? 'uncertain' : state }
}

/** What an SMTP client knows of a failure. */
export interface SmtpFailure {
  message: string
  /** The command it failed at, as nodemailer names it; CONN for whatever befell the connection. */
  command?: string | undefined
  responseCode?: number | undefined
  code?: string | undefined
}

/**
 * Reads a failure. `begun` says whether the message itself had begun to flow: before that, a lost connection cannot have
 * delivered anything. Only what is said about the recipient or the message speaks of this delivery; a refusal to greet,
 * log in or take the sender would be the same for everybody, so it must not end 200 rows.
 */
export function readFailure(failure: SmtpFailure, begun: boolean): Failure {
  const { command = 'CONN', responseCode, code } = failure
  const error = failure.message
  const about = command === 'RCPT TO' || command === 'DATA' || code === 'EMESSAGE' || isTooLarge(failure)
  if (about && responseCode !== undefined && responseCode >= 400) {
    // 421 closes the connection, whatever it was about.
    if (responseCode === 421) return { kind: begun ? 'again' : 'unreachable', error }
    return { kind: responseCode >= 500 ? 'refused' : 'again', error }
  }
  if (code === 'EMESSAGE' && command === 'MAIL FROM') return { kind: 'refused', error }
  // The address or the message is such that no server would take it.
  if (command === 'API' && (code === 'EENVELOPE' || code === 'EMESSAGE')) return { kind: 'refused', error }
  return { kind: begun ? 'uncertain' : 'unreachable', error }
}

const isTooLarge = ({ command, responseCode }: SmtpFailure) => command === 'MAIL FROM' && responseCode === 552
