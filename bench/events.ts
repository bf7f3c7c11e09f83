import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../src/clock.ts'
import { many, one, openPool, type Pool } from '../src/db.ts'
import type { Random } from '../src/demo/random.ts'

/** How many write at a time: more than is needed for some hundreds of commits a second. */
const WRITERS = 8
/** Seconds between two looks at the dirty log: how exact the latencies are. */
const LOOK = 0.1
/** Seconds after which what is not rolled is no matter of latency any more. */
const PATIENCE = 900

export interface EventsSetup {
  pool: Pool
  url: string
  accounts: readonly number[]
  random: Random
  /** Commits a second. */
  rate: number
  /** Seconds to wait for the last event to be rolled. */
  patience?: number
}

/** An event that is rolled. */
export interface Rolled {
  account: number
  /** When it was committed, in seconds since the first. */
  committed: number
  /** From its commit until it was. */
  seconds: number
}

export interface Events {
  /** Writes no more and waits until all is rolled. @throws Error that says how many are not, once patience is over */
  stop(): Promise<Rolled[]>
}

/** Conversations to write events of, a few hundred of each account, the newest. */
const known = `
  select account_id as account, id as conversation, inbox_id as inbox, assignee_id as agent
  from unnest($1::bigint[]) as a (wanted)
  cross join lateral (select * from conversations where account_id = wanted order by id desc limit 300) as c`

/** One event of the present instant, in a transaction of its own. Returns what the transaction's marks carry as xmin. */
const insert = `
  insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
  values ($1, $2, $2, $3, $4, $5, $6, clock_timestamp() at time zone 'UTC', now())
  returning (pg_current_xact_id()::text::bigint % 4294967296)::text as mark`

interface Conversation extends Record<string, unknown> {
  account: number
  conversation: number
  inbox: number
  agent: number | null
}

/**
 * Starts to write events at an even rate, each in a transaction of its own. An event is rolled when the mark that its
 * transaction left in the dirty log is gone: a roll takes it in the transaction that writes the hour.
 */
export async function startEvents({ pool, url, accounts, random, rate, patience = PATIENCE }: EventsSetup): Promise<Events> {
  const conversations = await many<Conversation>(pool, known, [accounts])
  const writing = openPool(url, { max: WRITERS, applicationName: 'writer' })
  const elapsed = stopwatch()
  const waiting = new Map<string, { account: number; committed: number }>()
  const rolled: Rolled[] = []
  let due = 0
  let stopped = false

  async function writeOne(): Promise<void> {
    const { account, conversation, inbox, agent } = random.pick(conversations)
    const name = random.pick(['first_response', 'reply_time', 'conversation_resolved'])
    const values = [name, Math.floor(random.between(1, 9000)), account, inbox, agent, conversation]
    const { mark } = await one<{ mark: string }>(writing, insert, values)
    waiting.set(mark, { account, committed: elapsed() })
  }

  async function write(): Promise<void> {
    while (!stopped) {
      const early = due++ / rate - elapsed()
      if (early > 0) await sleep(early * 1000)
      await writeOne()
    }
  }

  async function look(): Promise<void> {
    const asked = [...waiting]
    const marks = await many<{ mark: string }>(pool, 'select xmin::text as mark from tidemark.dirty_hours where not labels_only')
    const left = new Set(marks.map(({ mark }) => mark))
    for (const [mark, { account, committed }] of asked) {
      if (left.has(mark)) continue
      rolled.push({ account, committed, seconds: elapsed() - committed })
      waiting.delete(mark)
    }
  }

  async function watch(): Promise<void> {
    for (let over = Infinity; !stopped || waiting.size > 0;) {
      await look()
      if (stopped) over = Math.min(over, elapsed() + patience)
      if (elapsed() > over) throw new Error(`${waiting.size} events are not rolled ${patience} s after the last`)
      await sleep(LOOK * 1000)
    }
  }

  const ended = Promise.all([...Array.from({ length: WRITERS }, write), watch()])
  ended.catch(() => (stopped = true))
  return {
    async stop() {
      stopped = true
      try {
        await ended
      } finally {
        await writing.end()
      }
      return rolled
    },
  }
}
