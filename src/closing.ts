import { setTimeout as sleep } from 'node:timers/promises'

export interface Closable {
  /** Waits for what is under way. */
  close(): Promise<void>
  /** Waits for nothing. */
  disconnect(): Promise<void>
}

/** Waits for `work`, but not longer than `seconds`. Tells whether it was done. */
export async function within(seconds: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(seconds * 1000, false, { signal: timer.signal }).catch(() => true)
  const done = await Promise.race([work.then(() => true), late])
  timer.abort()
  return done
}

/** Closes all; what has not closed by itself after `seconds` is cut off. */
export async function closeWithin(seconds: number, open: Closable[]): Promise<void> {
  if (await within(seconds, Promise.allSettled(open.map((one) => one.close())))) return
  // Even cutting off may wait: for a server that does not answer the goodbye.
  await within(1, Promise.allSettled(open.map((one) => one.disconnect())))
}
