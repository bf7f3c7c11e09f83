import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { now } from '../src/clock.ts'
import { many, one, openPool, run } from '../src/db.ts'
import { benchDesk } from '../src/demo/desk.ts'
import { startPostgres } from '../src/postgres/launcher.ts'
import { compareBuilds } from './builds.ts'
import { makeDesk, type Desk } from './desk.ts'
import { compareGrowth } from './growth.ts'
import { compareReads } from './reads.ts'
import { compareWithTargets } from './targets.ts'

/**
 * `npm run bench -- --scale 1`: generates a desk, rolls it, and measures reads and builds beside Chatwoot's own SQL in the same
 * run, on the same server with the same settings; then what ten times the raw rows cost. Only the ratios mean anything on
 * another machine. Gives a sentence for each target that was missed.
 */
async function bench(): Promise<string[]> {
  const { values } = parseArgs({
    options: { scale: { type: 'string', default: '0.05' }, rounds: { type: 'string', default: '5' } },
  })
  const [scale, rounds] = [Number(values.scale), Number(values.rounds)]
  if (!(scale >= 0.01 && scale <= 10) || !(rounds >= 1 && rounds <= 100)) throw new Error('usage: --scale 0.01…10 --rounds 1…100')
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'))
  const server = await startPostgres({
    dataDir,
    settings: {
      shared_buffers: '2GB',
      work_mem: '64MB',
      maintenance_work_mem: '512MB',
      max_wal_size: '8GB',
      max_parallel_workers_per_gather: '0',
    },
  })
  const url = server.url('postgres')
  const pool = openPool(url)
  try {
    const end = Math.floor(now())
    tell('generating')
    const desk = await makeDesk(pool, url, benchDesk(scale), end)
    tell('rolling')
    const builds = await compareBuilds(desk)
    await run(pool, 'vacuum analyze')
    tell('reading')
    const reads = await compareReads(desk, rounds)
    tell('growing')
    const growth = await compareGrowth(server, pool, scale, end, rounds)
    const { text, missed } = compareWithTargets(reads.measured, scale)
    write(scale, [await describe(desk), text, reads.text, growth, builds])
    return missed
  } finally {
    await pool.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What it is at, for whoever waits; the result alone is on standard output. */
const tell = (phase: string) => process.stderr.write(`${phase}…\n`)

async function describe({ pool, rows }: Desk): Promise<string> {
  const { version } = await one<{ version: string }>(pool, `select current_setting('server_version') as version`)
  const sizes = await many<{ name: string; size: string; rows: number }>(
    pool,
    `select relname as name, pg_size_pretty(pg_total_relation_size(oid)) as size, reltuples::bigint as rows
     from pg_class where relnamespace = 'tidemark'::regnamespace and relkind = 'r' and relname ~ '^(rollup|histogram|tagged)_' order by 1`,
  )
  const counts = (['conversations', 'messages', 'reporting_events'] as const).map((table) => `${rows[table]} ${table}`).join(', ')
  const stored = sizes.map(({ name, size, rows: stored }) => `${name} ${size} (${stored} rows)`).join(', ')
  return `PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores. ${counts}.\n\nStored: ${stored}.\n`
}

function write(scale: number, parts: readonly string[]): void {
  const text = [`# Bench at scale ${scale}\n`, ...parts].join('\n')
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
  writeFileSync(new URL(`./results/scale-${scale}.md`, import.meta.url), text)
  process.stdout.write(text)
}

const missed = await bench()
for (const sentence of missed) process.stderr.write(`${sentence}\n`)
if (missed.length > 0) process.exitCode = 1
