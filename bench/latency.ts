import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { now } from '../src/clock.ts'
import { openPool } from '../src/db.ts'
import { benchDesk } from '../src/demo/desk.ts'
import { randomFrom } from '../src/demo/random.ts'
import { startPostgres } from '../src/postgres/launcher.ts'
import { startCrew } from '../test/support/crew.ts'
import { startTidemark } from '../test/support/processes.ts'
import { backfillAll, forgetMarks, makeDesk } from './desk.ts'
import { quantile } from './measure.ts'
import { BOUND, measureLatency, type Latencies } from './measure-latency.ts'
import { markdown, times } from './report.ts'

/** Seconds between two looks of the workers for what has changed: the default, which this measures. */
const SWEEP = 3
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
    const load = { pool, url, accounts: desk.accounts, random: randomFrom(42), rate, seconds }
    const start = () => startTidemark(url, ['worker'], { SWEEP_SECONDS: String(SWEEP) })
    const measured = async (every: number) => {
      const crew = startCrew(2, start)
      try {
        return await measureLatency(load, crew, every)
      } finally {
        await crew.end()
      }
    }
    tell('undisturbed')
    const quiet = await measured(Infinity)
    tell('with kills')
    write(scale, rate, [
      { ...quiet, what: 'nobody killed' },
      { ...(await measured(every)), what: `one of two killed every ${every} s` },
    ])
  } finally {
    await pool.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What it is at, for whoever waits; the result alone is on standard output. */
const tell = (phase: string) => process.stderr.write(`${phase}…\n`)

function write(scale: number, rate: number, runs: readonly (Latencies & { what: string })[]): void {
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
        ['target with kills', '', '', '', '', `${BOUND.p95} s`, `${BOUND.p99} s`, '', ''],
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
