import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { now, type Instant } from '../src/clock.ts'
import { many, one, openPool, run, type Pool } from '../src/db.ts'
import { benchDesk } from '../src/demo/desk.ts'
import { generateDesk } from '../src/demo/generate.ts'
import { migrate } from '../src/migrate.ts'
import { startPostgres } from '../src/postgres/launcher.ts'
import { zoneNamed } from '../src/time/zones.ts'
import { compareBuilds } from './builds.ts'
import { markdown, type Comparison } from './measure.ts'
import { compareReads } from './reads.ts'

/**
 * `npm run bench -- --scale 1`: generates a desk, rolls it, and measures reads and builds beside Chatwoot's own SQL in the same
 * run, on the same server with the same settings. Only the ratios mean anything on another machine.
 */
async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: { scale: { type: 'string', default: '0.05' }, rounds: { type: 'string', default: '5' } },
  })
  const [scale, rounds] = [Number(values.scale), Number(values.rounds)]
  if (!(scale > 0 && scale <= 10) || !(rounds >= 1 && rounds <= 100)) throw new Error('usage: --scale 0.01…10 --rounds 1…100')
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
    const end = now()
    const { rows, accounts } = await fill(pool, url, scale, end)
    const builds = await compareBuilds(pool, accounts)
    await run(pool, 'vacuum analyze')
    const reads = await compareReads(pool, accounts[0]!, await zoneNamed(pool, 'America/New_York'), end, rounds)
    report(scale, await describe(pool, rows), reads, builds)
  } finally {
    await pool.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function fill(pool: Pool, url: string, scale: number, end: Instant) {
  await migrate(url)
  const summary = await generateDesk(pool, { seed: 42, accounts: benchDesk(scale), now: end })
  // The accounts' marks would have the whole desk rolled as dirty hours; a backfill is what is measured.
  await run(pool, 'truncate tidemark.dirty_hours, tidemark.dirty_scopes')
  await run(pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  await run(pool, 'vacuum analyze')
  return { rows: summary.rows, accounts: summary.accounts.map((account) => account.id) }
}

async function describe(pool: Pool, rows: Partial<Record<string, number>>): Promise<string> {
  const { version } = await one<{ version: string }>(pool, `select current_setting('server_version') as version`)
  const sizes = await many<{ name: string; size: string; rows: number }>(
    pool,
    `select relname as name, pg_size_pretty(pg_total_relation_size(oid)) as size, reltuples::bigint as rows
     from pg_class where relnamespace = 'tidemark'::regnamespace and relkind = 'r' and relname ~ '^(rollup|histogram|tagged)_' order by 1`,
  )
  const counts = ['conversations', 'messages', 'reporting_events'].map((table) => `${rows[table] ?? 0} ${table}`).join(', ')
  const stored = sizes.map(({ name, size, rows: stored }) => `${name} ${size} (${stored} rows)`).join(', ')
  return `PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores. ${counts}.\n\nStored: ${stored}.\n`
}

function report(scale: number, about: string, reads: Comparison[], builds: Comparison[]): void {
  const rows = (list: Comparison[]) =>
    list.map(({ name, theirs, ours, ratio }) => [name, theirs, ours, ratio < 100 ? ratio.toFixed(1) : ratio.toFixed(0)])
  const text = [
    `# Bench at scale ${scale}\n\n${about}`,
    markdown('Reads of the largest account (median)', ['report', 'live', 'Tidemark', 'times faster'], rows(reads)),
    markdown('A full backfill beside', ['what', 'it', 'backfill', 'times as long'], rows(builds)),
  ].join('\n')
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
  writeFileSync(new URL(`./results/scale-${scale}.md`, import.meta.url), text)
  process.stdout.write(text)
}

await bench()
