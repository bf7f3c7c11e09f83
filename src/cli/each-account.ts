import { InvalidArgumentError } from 'commander'
import { accountIds } from '../accounts/account.ts'
import type { Pool } from '../db.ts'
import { invalid, Refusal } from '../errors.ts'
import { print, remark } from './print.ts'
import { wholeNumber } from './values.ts'

/** Accounts that one command is for at most. */
const MOST = 1000

/** What `--account` names: one account, or several of which each is asked for by itself. */
export interface NamedAccounts {
  ids: number[] | 'all'
  /** True for a list and for `all`, however many they are. */
  isList: boolean
}

/** Parses an id, ids with commas between them, or `all`. */
export function namedAccounts(text: string): NamedAccounts {
  if (text === 'all') return { ids: 'all', isList: true }
  const ids = [...new Set(text.split(',').map(wholeNumber))]
  if (ids.length > MOST) throw new InvalidArgumentError(`Name at most ${MOST} accounts.`)
  return { ids, isList: text.includes(',') }
}

/** The ids that are named. @throws Refusal (422) where `all` are none, or too many for one command */
export async function idsOf(pool: Pool, { ids }: NamedAccounts): Promise<number[]> {
  if (ids !== 'all') return ids
  const all = await accountIds(pool)
  if (all.length === 0) throw invalid('There is no account here yet.')
  if (all.length > MOST) throw invalid(`There are ${all.length} accounts. Name at most ${MOST} of them: --account 1,2,…`)
  return all
}

/** What came of one account. */
export type Outcome<T> = { accountId: number; done: T } | { accountId: number; refusal: Refusal }

interface Each {
  /** Accounts at a time. */
  atOnce?: number
  /** Of several accounts one that is refused is told on standard error and holds up no other. */
  isList: boolean
  /** Once it fires, no other is begun. */
  signal: AbortSignal
}

/** Goes on with each account that was not refused before, in their order. @throws what `work` throws, when those under way are done */
export async function each<T, U>(
  before: readonly Outcome<T>[],
  { atOnce = 1, isList, signal }: Each,
  work: (accountId: number, done: T) => Promise<U>,
): Promise<Outcome<U>[]> {
  const left = [...before.entries()]
  const after: Outcome<U>[] = []
  const hand = async () => {
    for (let next = left.shift(); next && !signal.aborted; next = left.shift()) {
      const [place, outcome] = next
      after[place] = 'refusal' in outcome ? outcome : await attempt(outcome, isList, work)
    }
  }
  const stopped = (error: unknown) => {
    left.length = 0
    throw error
  }
  const hands = await Promise.allSettled(Array.from({ length: atOnce }, () => hand().catch(stopped)))
  for (const one of hands) if (one.status === 'rejected') throw one.reason
  // Without the places of those that were not begun.
  return after.filter(Boolean)
}

async function attempt<T, U>(
  { accountId, done }: { accountId: number; done: T },
  isList: boolean,
  work: (accountId: number, done: T) => Promise<U>,
): Promise<Outcome<U>> {
  try {
    return { accountId, done: await work(accountId, done) }
  } catch (error) {
    if (!isList || !(error instanceof Refusal)) throw error
    remark(`account ${accountId}: ${error.message}`)
    return { accountId, refusal: error }
  }
}

/** What is told of an account once it is done. */
export interface Answer {
  told: object
  /** Some of it could not be done: exit code 3. */
  isPartial?: boolean
}

/**
 * Ends a command for one account or several: prints them as JSON where that was asked for, an array for several, and sets the exit
 * code: 4 where one was a conflict, else 1 where one was refused, else 3 where one was done in part.
 */
export function conclude(outcomes: readonly Outcome<Answer>[], isList: boolean, json: boolean | undefined): void {
  const told = outcomes.map((outcome) => {
    if (!('refusal' in outcome)) return outcome.done.told
    const { code, message } = outcome.refusal
    return { account_id: outcome.accountId, refused: { code, detail: message } }
  })
  if (json && (isList || told.length > 0)) print(true, isList ? told : told[0], '')
  const codes = outcomes.flatMap((outcome) => ('refusal' in outcome ? [outcome.refusal.exitCode] : []))
  const isPartial = outcomes.some((outcome) => 'done' in outcome && outcome.done.isPartial)
  const code = codes.includes(4) ? 4 : codes.length > 0 ? 1 : isPartial ? 3 : 0
  // Interrupted, it is that.
  if (code !== 0) process.exitCode ??= code
}
