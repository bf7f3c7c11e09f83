import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { now } from '../src/clock.ts'
import { openPool } from '../src/db.ts'
import { benchDesk } from '../src/demo/desk.ts'
import { startPostgres } from '../src/postgres/launcher.ts'
import { backfillAll, makeDesk } from './desk.ts'
import { besideHammering, HAMMERED, LIMIT, ASKED } from './neighbours/hammering.ts'
import { besidePoison, GOOD, POISONED } from './neighbours/poison.ts'
import { quantile } from './measure.ts'
import { markdown, milliseconds, times } from './report.ts'

/** What is promised: p95 of others beside who hammers, and the rate of other jobs beside poisoned ones, as shares of those alone. */
const TARGET = { p95: 1.1, rate: 0.95 }

/**
 * `npm run bench:neighbours`: what somebody's misbehaviour costs the others: requests of one account while another's token is
 * refused a hundred times a second, and jobs beside some that always fail. Alone and beside take turns in one run.
 */
async function bench(): Promise<void> {
  const options = {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
    redis: { type: 'string' },
  } as const
  const { values } = parseArgs({ options })
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
  const usable = rounds >= 2 && rounds <= 100 && seconds >= 3 && seconds <= 60
  if (!usable) throw new Error('usage: --rounds 2…100 --seconds 3…60 [--redis redis://…]')
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-neighbours-'))
  const server = await startPostgres({ dataDir })
  const url = server.url('postgres')
  const pool = openPool(url)
  try {
    const desk = await makeDesk(pool, url, benchDesk(0.01).slice(0, 2), Math.floor(now()))
    await backfillAll(pool, desk.accounts)
    const hammered = await besideHammering({ desk, url, rounds, seconds })
    const stores = [
      { name: 'PostgreSQL', redisUrl: undefined },
      ...(values.redis ? [{ name: 'Redis', redisUrl: values.redis }] : []),
    ]
    const poisoned: string[][] = []
    for (const { name, redisUrl } of stores) {
      const { alone, beside } = await besidePoison({ pool, url, redisUrl }, rounds)
      const [a, b] = [quantile(alone, 0.5), quantile(beside, 0.5)]
      poisoned.push([name, a.toFixed(0), b.toFixed(0), times(b / a)])
    }
    write(hammered, poisoned)
  } finally {
    await pool.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function write({ times: taken, refused, each }: Awaited<ReturnType<typeof besideHammering>>, poisoned: string[][]): void {
  const of = (times: readonly number[]) => [0.5, 0.95].map((share) => quantile(times, share))
  const [alone, machine, beside] = [of(taken.alone), of(taken.machine), of(taken.beside)]
  const row = (name: string, values: number[]) => [name, ...values.map(milliseconds)]
  const ratio = (name: string, base: number[]) => [name, ...beside.map((value, i) => times(value / base[i]!))]
  const text = [
    `# What somebody costs his neighbours\n`,
    `Node ${process.versions.node}, ${cpus().length} cores.\n`,
    `One account asks ${ASKED} times a second. Another token is asked with ${HAMMERED} times a second, ${LIMIT} a minute are answered and ` +
      `${refused} were refused.\n`,
    markdown(
      'Requests beside one who hammers',
      ['what', 'p50', 'p95'],
      [
        row('alone', alone),
        row('beside a bare server that is asked as often', machine),
        row('beside', beside),
        ratio('times as long as alone', alone),
        ratio('times as long as beside the bare server', machine),
        ['at most', '', times(TARGET.p95)],
      ],
    ),
    `Of the processor, a request that is answered takes ${milliseconds(each.asked)} in the web process, one of who hammers ${milliseconds(each.hammered)}.\n`,
    markdown(
      `${GOOD} jobs beside ${POISONED} that always fail`,
      ['queue', 'alone, jobs a second', 'beside', 'share'],
      [...poisoned, ['at least', '', '', times(TARGET.rate)]],
    ),
  ].join('\n')
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
  writeFileSync(new URL('./results/neighbours.md', import.meta.url), text)
  process.stdout.write(text)
}

await bench()
