import { Refusal } from '../../errors.ts'

/**
 * Recomputations that somebody waits for, at once in this process: each holds a connection for up to 20 s, and the pool's ten are
 * for everybody.
 */
const IN_ALL = 2
/** Seconds until it is worth asking again: a month of a busy account takes some. */
const RETRY_AFTER = 10

/** Does work that recomputes days of an account from raw rows. @throws Refusal (429) when too much of it is under way */
export type Recompute = <T>(accountId: number, work: () => Promise<T>) => Promise<T>

/** Lets one recomputation of each account, and a few in all, go on at once; what is beyond is told when to come again. */
export function fewRecomputations(): Recompute {
  const busy = new Set<number>()
  return async (accountId, work) => {
    if (busy.has(accountId) || busy.size >= IN_ALL) {
      const who = busy.has(accountId) ? `Days of account ${accountId}` : 'Days of other accounts'
      const message =
        `${who} are being recomputed for somebody who waits, as many as this server does at once. ` +
        `Try again in ${RETRY_AFTER} seconds, or on the server's command line, which does not wait for others.`
      throw new Refusal('too_many_recomputations', message, { status: 429, exitCode: 1, retryAfter: RETRY_AFTER })
    }
    busy.add(accountId)
    try {
      return await work()
    } finally {
      busy.delete(accountId)
    }
  }
}
