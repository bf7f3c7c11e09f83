import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { now, stopwatch } from '../src/clock.ts'
import { openPool } from '../src/db.ts'
import { benchDesk } from '../src/demo/desk.ts'
import { randomFrom, type Random } from '../src/demo/random.ts'
import { startPostgres } from '../src/postgres/launcher.ts'
import { startCrew } from '../test/support/crew.ts'
import { startTidemark } from '../test/support/processes.ts'
import { backfillAll, forgetMarks, makeDesk, type Desk } from './desk.ts'
import { startEvents } from './events.ts'
import { quantile } from './measure.ts'
import { markdown, times } from './report.ts'

/** Seconds between two looks of the workers for what has changed: the default, which this measures. */
const SWEEP = 3
/** What is promised with kills, in seconds. */
const TARGET = { p95: 60, p99: 300 }

interface Load {
  url: string
  desk: Desk
  random: Random
  rate: number
  seconds: number
}

interface Run {
  what: string
  /** Seconds from commit until rolled, of every event. */
  latencies: number[]
  /** The median of each account, ascending: far apart where some wait for others. */
  accounts: number[]
  perSecond: number
  kills: number
}

/**
 * `npm run bench:latency`: how long it takes from an event's commit until the hour that it fell in is rolled, with two workers:
 * for some seconds undisturbed and, in the same run, as long again while one of them is killed every so often.
 */
async function bench(): Promise<void> {
  const options = {
    scale: { type: 'string', default: '0.01' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '300' },
    every: { type: 'string', default: '60' },
  } as const
  const { values } = parseArgs({ options })
  const [scale, rate, seconds, every] = [values.scale, values.rate, values.seconds, values.every].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const usable = scale >= 0.01 && scale <= 10 && rate >= 1 && rate <= 2000 && seconds >= 10 && seconds <= 86_400 && every >= 5
  if (!usable) throw new Error('usage: --scale 0.01…10 --rate 1…2000 --seconds 10…86400 --every 5…')
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-latency-'))
  const server = await startPostgres({ dataDir })
  const url = server.url('postgres')
  const pool = openPool(url)
  try {
    tell('generating')
    const desk = await makeDesk(pool, url, benchDesk(scale), Math.floor(now()))
    tell('rolling')
    await forgetMarks(pool)
    await backfillAll(pool, desk.accounts)
    const load = { url, desk, random: randomFrom(42), rate, seconds }
    tell('undisturbed')
    const quiet = await measure(load, 'nobody killed')
    tell('with kills')
    write(scale, rate, [quiet, await measure(load, `one of two killed every ${every} s`, every)])
  } finally {
    await pool.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What it is at, for whoever waits; the result alone is on standard output. */
const tell = (phase: string) => process.stderr.write(`${phase}…\n`)

/** Events for some seconds beside two workers, of which one is killed every `every` seconds; until all are rolled. */
async function measure({ url, desk, random, rate, seconds }: Load, what: string, every = Infinity): Promise<Run> {
  const crew = startCrew(2, () => startTidemark(url, ['worker'], { SWEEP_SECONDS: String(SWEEP) }))
  try {
    // Both are up before the first event.
    await sleep(10_000)
    const events = await startEvents({ pool: desk.pool, url, accounts: desk.accounts, random, rate })
    const elapsed = stopwatch()
    let kills = 0
    while (elapsed() < seconds) {
      await sleep(200)
      // In the middle of each interval, so that a short run has what comes after a kill, too.
      if (elapsed() < (kills + 0.5) * every) continue
      await random.pick(crew.alive).kill()
      kills++
    }
    const took = elapsed()
    const rolled = await events.stop()
    const latencies = rolled.map((event) => event.seconds)
    const median = (account: number) =>
      quantile(
        rolled.flatMap((event) => (event.account === account ? [event.seconds] : [])),
        0.5,
      )
    const written = new Set(rolled.map(({ account }) => account))
    const medians = [...written].map(median)
    return { what, latencies, accounts: medians.sort((a, b) => a - b), perSecond: latencies.length / took, kills }
  } finally {
    await crew.end()
  }
}

function write(scale: number, rate: number, runs: readonly Run[]): void {
  const shares = [0.5, 0.95, 0.99, 1]
  const rows = runs.map(({ what, latencies, accounts, perSecond, kills }) => [
    what,
    String(latencies.length),
    perSecond.toFixed(0),
    String(kills),
    ...shares.map((share) => `${quantile(latencies, share).toFixed(1)} s`),
    `${accounts[0]!.toFixed(1)}…${accounts.at(-1)!.toFixed(1)} s`,
  ])
  const [quiet, killed] = runs.map(({ latencies }) => shares.map((share) => quantile(latencies, share))) as [number[], number[]]
  const ratio = (name: string, of: (index: number) => number) => [name, '', '', '', ...shares.map((_, i) => times(of(i))), '']
  const text = [
    `# From event to rollup at scale ${scale}, ${rate} events a second\n`,
    `Node ${process.versions.node}, ${cpus().length} cores, two workers, a sweep every ${SWEEP} s, the queue on PostgreSQL.\n`,
    markdown(
      'From commit until the hour is rolled',
      ['what', 'events', 'a second', 'kills', 'p50', 'p95', 'p99', 'longest', 'p50 by account'],
      [
        ...rows,
        ['target with kills', '', '', '', '', `${TARGET.p95} s`, `${TARGET.p99} s`, '', ''],
        ratio('with kills, times as long as without', (i) => killed[i]! / quiet[i]!),
        ratio('without kills, in sweep intervals', (i) => quiet[i]! / SWEEP),
        ratio('with kills, in sweep intervals', (i) => killed[i]! / SWEEP),
      ],
    ),
  ].join('\n')
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
  writeFileSync(new URL(`./results/latency-${scale}.md`, import.meta.url), text)
  process.stdout.write(text)
}

await bench()
