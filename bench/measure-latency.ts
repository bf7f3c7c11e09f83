import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../src/clock.ts'
import { many, type Pool } from '../src/db.ts'
import type { Crew } from '../test/support/crew.ts'
import { startEvents, type EventsSetup } from './events.ts'
import { quantile } from './measure.ts'

/** What is promised while one of two workers is killed every minute, in seconds. */
export const BOUND = { p95: 60, p99: 300 }

export interface LatencySetup extends EventsSetup {
  /** How long events are written. */
  seconds: number
}

export interface Latencies {
  /** Seconds from commit until rolled, of every event, in the order of their commits. */
  latencies: number[]
  /** The median of each account, ascending: far apart where some wait for others. */
  accounts: number[]
  perSecond: number
  kills: number
}

/**
 * Writes events for some seconds and tells how long each took from its commit until the hour that it fell in was rolled, by
 * whoever rolls. Of a crew, one is killed every `every` seconds.
 *
 * @throws Error when some of them are not rolled in the end
 */
export async function measureLatency(setup: LatencySetup, crew?: Crew, every = Infinity): Promise<Latencies> {
  const { pool, random, seconds } = setup
  if (crew) await allConnected(pool, crew)
  const events = await startEvents(setup)
  const elapsed = stopwatch()
  let kills = 0
  while (elapsed() < seconds) {
    await sleep(100)
    // In the middle of each interval, so that a short run has what comes after a kill, too.
    if (!crew || elapsed() < (kills + 0.5) * every || crew.alive.length === 0) continue
    await random.pick(crew.alive).kill()
    kills++
  }
  const took = elapsed()
  const rolled = (await events.stop()).sort((a, b) => a.committed - b.committed)
  const ofAccount = (wanted: number) => rolled.flatMap(({ account, seconds }) => (account === wanted ? [seconds] : []))
  const medians = [...new Set(rolled.map(({ account }) => account))].map((account) => quantile(ofAccount(account), 0.5))
  const latencies = rolled.map((event) => event.seconds)
  return { latencies, accounts: medians.sort((a, b) => a - b), perSecond: latencies.length / took, kills }
}

/** The first events would otherwise wait for workers to start, which is not what is measured. */
async function allConnected(pool: Pool, crew: Crew): Promise<void> {
  const connected = () =>
    many<{ name: string }>(
      pool,
      `select distinct application_name as name from pg_stat_activity where datname = current_database()`,
    )
  for (let names = new Set<string>(); crew.alive.length === 0 || crew.alive.some(({ name }) => !names.has(name));) {
    await sleep(100)
    names = new Set((await connected()).map(({ name }) => name))
  }
}
