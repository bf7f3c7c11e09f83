// What the workers depend on is away: Redis or PostgreSQL for a while, Redis with all that it held, its connections one and all, the
// server that was the master until now. A worker's real process, with its jobs, works again within half a minute of the
// return: what was changed meanwhile is rolled, and every heartbeat that fell due has beaten. It never ends for it.
// TIDEMARK_OUTAGE_SECONDS says how long something is away, TIDEMARK_OUTAGES how often each of these happens.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, run, type Pool } from '../../src/db.ts'
import { createDigest } from '../../src/digests/definition/digest.ts'
import { kinds } from '../queue/backends.ts'
import { OPENED } from '../support/desk.ts'
import { backlog, differences } from '../support/recompute.ts'
import { scaled } from '../support/seed.ts'
import { AWAY, BOUND, onRedis, outages, stage, type Kind, type Outage, type Stage } from './outages.ts'

const TIMES = scaled('TIDEMARK_OUTAGES', 1)
const SCHEDULED = jobs.filter(({ everySeconds }) => everySeconds !== undefined)

const changeSomething = ({ pool, desk: { accountId, conversations, inboxes } }: Stage) =>
  run(
    pool,
    `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
     select 'reply_time', 60, $1, $2, $3, to_timestamp($4::float8) at time zone 'UTC' + n * interval '5 hours', now()
     from generate_series(1, 20) as n`,
    [accountId, inboxes[0], conversations[0], OPENED],
  )

let digests = 0
/** A digest that has been due for half an hour. */
async function fallDue({ pool, desk }: Stage): Promise<void> {
  const now = Date.now() / 1000
  const time = new Date((now - 1800) * 1000).toISOString().slice(11, 16)
  const cadence = { every: 'day' as const, time }
  const recipients = [{ address: `reader${digests++}@example.com` }]
  const definition = { name: 'Outage', zone: 'UTC', cadence, formats: ['inline' as const], recipients, patienceHours: 0 }
  await createDigest(pool, desk.accountId, definition, byCommand(now - 7200))
}

const now = async (pool: Pool) =>
  (await one<{ at: number }>(pool, 'select extract(epoch from clock_timestamp())::float8 as at')).at

/** The heartbeats that are due at an instant, or seconds later, and have not beaten since. */
const silent = (pool: Pool, since: number) =>
  many<{ job: string }>(
    pool,
    `select job from tidemark.heartbeats where extract(epoch from at) < $1 and extract(epoch from at) + every_seconds <= $1 + 5`,
    [since],
  ).then((rows) => rows.map(({ job }) => job))

async function scheduled({ redis, pool }: Stage): Promise<number> {
  if (!redis) return (await one<{ n: number }>(pool, 'select count(*) as n from bullmq.scheduler')).n
  return onRedis(redis, async (client) => {
    const keys = await client.keys('{tidemark}:*:repeat')
    return (await Promise.all(keys.map((key) => client.zcard(key)))).reduce((sum, n) => sum + n, 0)
  })
}

const unsent = async (pool: Pool) =>
  (
    await one<{ n: number }>(
      pool,
      `select (select count(*) from tidemark.digests) - (select count(*) from tidemark.deliveries
         where kind = 'digest' and state in ('sent', 'written')) as n`,
    )
  ).n

/** What does not work yet, of a worker that could work since an instant. */
async function missing(place: Stage, since: number): Promise<string[]> {
  const { pool } = place
  const [marks, mute, schedulers] = [await backlog(pool), await silent(pool, since), await scheduled(place)]
  return [
    ...(marks > 0 ? [`${marks} marks are left`] : []),
    ...mute.map((job) => `${job} has not beaten`),
    ...(schedulers < SCHEDULED.length ? [`${schedulers} of ${SCHEDULED.length} heartbeats are scheduled`] : []),
    // The planner's minute has passed in an outage of a minute only.
    ...(AWAY >= 60 && (await unsent(pool)) > 0 ? ['a digest is not sent'] : []),
  ]
}

/** Seconds until everything works. @throws Error that says what does not */
async function settled(place: Stage, bound: number): Promise<number> {
  const [since, started] = [await now(place.pool), performance.now()]
  for (;;) {
    const left = await missing(place, since)
    const seconds = (performance.now() - started) / 1000
    if (left.length === 0) return seconds
    if (seconds > bound) throw new Error(`not within ${bound} s: ${left.join(', ')}; ${place.worker.output()}`)
    await sleep(100)
  }
}

/** Changes something, lets it happen, changes something again. Returns when what was away is back. */
async function endure(place: Stage, what: Outage): Promise<void> {
  const { lasts, happen } = outages[what]
  const happening = happen(place)
  await changeSomething(place)
  if (lasts && AWAY >= 60) await fallDue(place)
  await happening
  // What was asked for meanwhile may have been done meanwhile: over connections that did not notice.
  await changeSomething(place)
}

async function settledAfter(place: Stage, what: Outage): Promise<number> {
  await endure(place, what)
  const seconds = await settled(place, BOUND).catch((error: Error) => {
    throw new Error(`${what}: ${error.message}`)
  })
  console.info(`${place.kind}: ${what}: works again after ${seconds.toFixed(1)} s`)
  return seconds
}

/** What the broken worker lacks for good, where a whole one works again. */
const brokenBy: Partial<Record<Outage, RegExp>> = {
  'PostgreSQL is away': /within \d+ s: .*\b(plan-digests|reconcile|follow-zones|follow-definitions) has not beaten/,
  'Redis comes back empty': /\d of \d heartbeats are scheduled/,
}

/** The same with both at once: the broken one does not work again in twice the time that the whole one took. */
async function onlyWholeSettles(place: Stage, broken: Stage, what: Outage): Promise<void> {
  const [seconds] = await Promise.all([settledAfter(place, what), endure(broken, what)])
  // Less than a minute in all, when even heartbeats that are never tried again come again.
  await expect(settled(broken, Math.min(20, Math.ceil(seconds)))).rejects.toThrow(brokenBy[what])
}

/** Told to end in the midst of it, the worker ends. */
async function endsAmid(place: Stage, what: Outage): Promise<void> {
  if (what === 'PostgreSQL is away') await place.toDatabase.down()
  else if (what === 'Redis is away') await place.toRedis!.down()
  else await outages[what].happen(place)
  place.worker.terminate()
  const told = performance.now()
  expect(await Promise.race([place.worker.ended, sleep(25_000, place.worker.output())])).toBe(0)
  console.info(`${place.kind}: ${what}: ends after ${((performance.now() - told) / 1000).toFixed(1)} s`)
  expect(await differences(place.pool, [place.desk.accountId])).toEqual([])
}

/** Side by side, each on servers of its own; what happens on a line happens in this order. */
const lines: { kind: Kind; endures: Outage[]; endsAmid: Outage; beside?: 'broken' }[] = [
  { kind: 'PostgreSQL', endures: ['PostgreSQL is away'], endsAmid: 'PostgreSQL is away' },
  {
    kind: 'Redis',
    endures: ['PostgreSQL is away', 'Redis comes back empty', 'Redis is away'],
    endsAmid: 'Redis is away',
    // A long outage gives heartbeats that are never tried again the time to come again.
    ...(AWAY < 20 && { beside: 'broken' }),
  },
  {
    kind: 'Redis',
    endures: [
      'Redis ends all connections',
      'the master dies and its replica takes its place',
      'the master and its replica change places',
    ],
    endsAmid: 'the master and its replica change places',
  },
]

test.concurrent.for(lines.filter(({ kind }) => kinds.includes(kind)))(
  'a worker with its queue on $kind works again within half a minute of each return, and ends amid it: $endsAmid',
  { timeout: 300_000 + TIMES * 3 * (AWAY + 20) * 1000 },
  async ({ kind, endures, endsAmid: last, beside }, { onTestFinished }) => {
    const [place, broken] = await Promise.all([stage(kind, onTestFinished), beside && stage(kind, onTestFinished, beside)])
    await Promise.all([settled(place, 240), broken && settled(broken, 240)])
    for (let round = 0; round < TIMES; round++) {
      for (const what of endures) {
        if (broken && round === 0 && brokenBy[what]) await onlyWholeSettles(place, broken, what)
        else await settledAfter(place, what)
      }
    }
    await endsAmid(place, last)
  },
)
