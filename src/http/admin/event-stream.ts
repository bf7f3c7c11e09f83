import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../../clock.ts'
import { Refusal } from '../../errors.ts'

/** Seconds between two looks at what is told of. */
const LOOK = 1
/** Seconds without news after which a comment shows proxies and the reader that the stream lives. */
const HEARTBEAT = 15
/** Seconds between two looks at whether the reader still may. */
const RECHECK = 30
/** Seconds that a stream lives; whoever reads it comes again. */
const LIFETIME = 900
/** Streams that one token, and this process, may have open. */
const PER_TOKEN = 5
const IN_ALL = 200

/** Nothing between here and the reader may hold events back. */
export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}

/** Counts streams in, by token; what is returned counts one out. @throws Refusal (429) when there are too many */
export function streamCounter(): (token?: string) => () => void {
  const open = new Map<string, number>()
  return (token = '') => {
    // The digest, so that no token stays in memory.
    const key = createHash('sha256').update(token).digest('base64')
    const [own, all] = [open.get(key) ?? 0, [...open.values()].reduce((sum, n) => sum + n, 0)]
    if (own >= PER_TOKEN || all >= IN_ALL) {
      const message =
        own >= PER_TOKEN ? `This token has ${own} streams open. Close one first.` : 'Too many streams are open here.'
      throw new Refusal('too_many_streams', message, { status: 429, exitCode: 1, retryAfter: HEARTBEAT })
    }
    open.set(key, own + 1)
    return () => {
      const left = (open.get(key) ?? 1) - 1
      if (left > 0) open.set(key, left)
      else open.delete(key)
    }
  }
}

/** What a stream tells of, as it stands. */
export interface Standing {
  /** Moves with every change; the id of the event that tells of it. */
  revision: number
  state: string
  /** It waits for others, which may begin and end without a change of its own. */
  waits: boolean
  /** Nothing changes any more. */
  ended: boolean
  data: () => Promise<object>
}

export interface Streamed {
  look: () => Promise<Standing>
  /** Throws where the reader may not read on. */
  recheck: () => Promise<void>
  /** The revision that the reader knows; NaN: none. */
  seen: number
  signal: AbortSignal
}

/** Writes events until what is told of has ended, `signal` fires or the stream is old: `state` when that changes, else `progress`. */
export async function writeEvents(raw: ServerResponse, { look, recheck, seen, signal }: Streamed): Promise<void> {
  const age = stopwatch()
  let [revision, state, waits, silent, checked] = [seen, '', false, stopwatch(), stopwatch()]
  raw.write('retry: 3000\n\n')
  while (!signal.aborted && age() < LIFETIME) {
    if (checked() > RECHECK) {
      await recheck()
      checked = stopwatch()
    }
    const at = await look()
    if (at.revision !== revision || at.waits !== waits) {
      const event = at.state === state ? 'progress' : 'state'
      raw.write(`id: ${at.revision}\nevent: ${event}\ndata: ${JSON.stringify(await at.data())}\n\n`)
      ;[revision, state, waits, silent] = [at.revision, at.state, at.waits, stopwatch()]
    } else if (silent() > HEARTBEAT) {
      raw.write(': still here\n\n')
      silent = stopwatch()
    }
    if (at.ended) return
    await sleep(LOOK * 1000, undefined, { signal }).catch(() => {})
  }
}
