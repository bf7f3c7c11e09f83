import { setTimeout as sleep } from 'node:timers/promises'
import { log } from './log.ts'

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

/**
 * The last resort of a process that was told to end: after `seconds` it ends with 1, whatever has not closed. The system closes
 * what it had open; what was under way is done again.
 */
export function endAnyway(seconds: number): void {
  const end = () => {
    log.error({ seconds, open: openOnes() }, 'the process has not closed in time and ends now; what was under way is done again')
    process.exit(1)
  }
  setTimeout(end, seconds * 1000).unref()
}

/**
 * Ends a process that has closed all that it knows of and is kept by something that has not. BullMQ is: told to close while its
 * connection to Redis is between two tries, it waits for the connection's end, which ioredis never tells then, and keeps its timers.
 */
export function endSoon(): void {
  const end = () => {
    log.warn({ open: openOnes() }, 'something is still open now that all is closed; the process ends without it')
    process.exit()
  }
  setTimeout(end, 1000).unref()
}

const openOnes = () => [...new Set(process.getActiveResourcesInfo())]
