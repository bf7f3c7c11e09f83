import type { Instant } from '../src/clock.ts'
import { one, openPool, run, type Pool } from '../src/db.ts'
import { benchDesk } from '../src/demo/desk.ts'
import type { EmbeddedPostgres } from '../src/postgres/launcher.ts'
import { rangeNamed } from './asked.ts'
import { backfillAll, forgetMarks, makeDesk, type Desk } from './desk.ts'
import { send } from './live/statements.ts'
import { interleaved } from './measure.ts'
import { multiplyRows } from './multiply.ts'
import { addressOf } from './question.ts'
import { questions } from './questions/all.ts'
import { markdown, milliseconds, times } from './report.ts'
import { serveDesk } from './served.ts'

const FACTOR = 10
/** What ten times the rows may cost a report. */
const BOUND = 1.3

/**
 * The largest account alone, a tenth as busy, and once more with ten times its raw rows in the same buckets: what each
 * report takes on one and on the other by turns, and the live SQL.
 */
export async function compareGrowth(
  server: EmbeddedPostgres,
  admin: Pool,
  scale: number,
  end: Instant,
  rounds: number,
): Promise<string> {
  await run(admin, 'create database growth_small')
  const small = openPool(server.url('growth_small'))
  const desk = await makeDesk(small, server.url('growth_small'), benchDesk(scale / FACTOR).slice(0, 1), end)
  // A template may not be in use.
  await small.end()
  await run(admin, 'create database growth_large template growth_small')
  const desks = ['growth_small', 'growth_large'].map((name) => {
    const url = server.url(name)
    return { ...desk, url, pool: openPool(url) }
  }) as [Desk, Desk]
  try {
    await multiplyRows(desks[1].pool, FACTOR)
    for (const { pool, accounts } of desks) {
      await forgetMarks(pool)
      await backfillAll(pool, accounts)
      await run(pool, 'vacuum analyze')
    }
    return `${await about(desks)}\n${await compare(desks, rounds)}`
  } finally {
    for (const { pool } of desks) await pool.end()
  }
}

/** How many raw rows and buckets there are. @throws Error when not exactly the raw rows have grown. */
async function about(desks: readonly Desk[]): Promise<string> {
  const counts = []
  for (const { pool } of desks) {
    const counted = ['conversations', 'messages', 'reporting_events']
      .map((table) => `(select count(*) from ${table})`)
      .join(' + ')
    const question = `select ${counted} as raw, (select count(*) from tidemark.rollup_hourly) as hours`
    counts.push(await one<{ raw: number; hours: number }>(pool, question))
  }
  const [small, large] = counts as [{ raw: number; hours: number }, { raw: number; hours: number }]
  if (large.raw !== FACTOR * small.raw || large.hours !== small.hours)
    throw new Error(`not ${FACTOR} times: ${JSON.stringify(counts)}`)
  return `Growth: ${small.raw} and ${large.raw} raw rows in the same ${small.hours} hourly rows.\n`
}

async function compare(desks: readonly Desk[], rounds: number): Promise<string> {
  const servers = await Promise.all(desks.map(serveDesk))
  const rows: string[][] = []
  try {
    for (const question of questions) {
      for (const range of question.ranges) {
        const { subject, end } = desks[0]!
        const asked = { ...subject, ...rangeNamed(range, subject.zone, end) }
        const [address, statements] = [addressOf(question, asked), question.live(asked)]
        const ours = await interleaved(
          2 * rounds,
          servers.map(
            ({ ask }) =>
              () =>
                ask(address),
          ),
          () => Promise.all(servers.map(({ forget }) => forget())),
        )
        const live = await interleaved(
          rounds,
          desks.map(
            ({ pool }) =>
              () =>
                send(pool, statements),
          ),
        )
        const ratio = ours[1]! / ours[0]!
        const grown = ratio > BOUND ? `**${times(ratio)}**` : times(ratio)
        rows.push([`${question.name}, ${range}`, ...ours.map(milliseconds), grown, times(live[1]! / live[0]!)])
      }
    }
  } finally {
    for (const { close } of servers) await close()
  }
  const headings = [
    'report',
    'over HTTP',
    `${FACTOR} × the rows`,
    `times as long (above ${BOUND} in bold)`,
    'live SQL, times as long',
  ]
  return markdown(`Ten times the raw rows in the same buckets`, headings, rows)
}
