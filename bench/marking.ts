import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { now, stopwatch } from '../src/clock.ts'
import { many, one, openPool, transaction, type Client, type Pool } from '../src/db.ts'
import { tinyDesk } from '../src/demo/desk.ts'
import { randomFrom, type Random } from '../src/demo/random.ts'
import { startPostgres } from '../src/postgres/launcher.ts'
import { forgetMarks, makeDesk } from './desk.ts'
import { quantile } from './measure.ts'
import { markdown, milliseconds, times } from './report.ts'

/** Who write at the same time. */
const WRITERS = 24
/** What is promised: p95 with marks, times that without. */
const BOUND = 1.2

/**
 * `npm run bench:marking`: what Tidemark's marks cost those who write. The same 24 writers on the same server, with the triggers
 * and without, in short rounds by turns. Each transaction is what an application does when a customer is answered.
 */
async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '15' }, seconds: { type: 'string', default: '2' } },
  })
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
  if (!(rounds >= 1 && rounds <= 1000 && seconds >= 0.5 && seconds <= 60))
    throw new Error('usage: --rounds 1…1000 --seconds 0.5…60')
  const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-marking-'))
  const server = await startPostgres({ dataDir })
  const url = server.url('postgres')
  const [pool, writing] = [openPool(url), openPool(url, { max: WRITERS, applicationName: 'writer' })]
  try {
    process.stderr.write('generating…\n')
    await makeDesk(pool, url, tinyDesk(), Math.floor(now()))
    const conversations = await many<Conversation>(pool, known)
    const taken: Record<'without' | 'with', number[]> = { without: [], with: [] }
    for (let round = 0; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}…\n`)
      // By turns also within a round, so that neither always comes first.
      for (const marks of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
        await setTriggers(pool, marks === 'with')
        const list = await write(writing, conversations, randomFrom(42, round), seconds)
        await forgetMarks(pool)
        if (round > 0) taken[marks].push(...list)
      }
    }
    report(taken, await deadlocks(pool), rounds, seconds)
  } finally {
    await writing.end()
    await pool.end()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

interface Conversation extends Record<string, unknown> {
  account: number
  conversation: number
  inbox: number
  agent: number | null
}

const known = `
  select account_id as account, id as conversation, inbox_id as inbox, assignee_id as agent
  from conversations order by id desc limit 300`

const triggers = `
  select tgname as name, tgrelid::regclass::text as table from pg_trigger
  where not tgisinternal and tgname like 'tidemark%' and tgparentid = 0`

async function setTriggers(pool: Pool, enabled: boolean): Promise<void> {
  for (const { name, table } of await many<{ name: string; table: string }>(pool, triggers))
    await pool.query(`alter table ${table} ${enabled ? 'enable' : 'disable'} trigger ${name}`)
}

/** Milliseconds of every transaction of some seconds, from begin until it has committed. */
async function write(pool: Pool, conversations: readonly Conversation[], random: Random, seconds: number): Promise<number[]> {
  const taken: number[] = []
  const elapsed = stopwatch()
  const writer = async () => {
    while (elapsed() < seconds) {
      const one = stopwatch()
      await transaction(pool, (tx) => answer(tx, random.pick(conversations), random))
      taken.push(one())
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
  return taken
}

/** A customer writes, is answered, and the events that the application records of it; now and then the conversation is new. */
async function answer(tx: Client, { account, conversation, inbox, agent }: Conversation, random: Random): Promise<void> {
  let id = conversation
  if (random.chance(0.2)) {
    const opened = await one<{ id: number }>(tx, open, [account, inbox, agent])
    id = opened.id
  }
  await tx.query(message, [account, inbox, id, 0, 'Contact', null])
  await tx.query(message, [account, inbox, id, 1, 'User', agent])
  // What the application keeps of itself with every message: no figure reads it.
  await tx.query(touch, [id])
  await tx.query(event, [random.pick(['first_response', 'reply_time', 'conversation_resolved']), account, inbox, agent, id])
}

const open = `
  insert into conversations (account_id, inbox_id, assignee_id, created_at, updated_at, last_activity_at)
  values ($1, $2, $3, clock_timestamp() at time zone 'UTC', now(), now()) returning id`
const message = `
  insert into messages (account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, content, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, repeat('Thank you for your message. ', 8), clock_timestamp() at time zone 'UTC', now())`
const touch = `
  update conversations set last_activity_at = now(), updated_at = now()
  where id = (select id from conversations where id = $1 for update skip locked)`
const event = `
  insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
  values ($1, 60, 60, $2, $3, $4, $5, clock_timestamp() at time zone 'UTC', now())`

async function deadlocks(pool: Pool): Promise<number> {
  return (await one<{ n: number }>(pool, 'select deadlocks as n from pg_stat_database where datname = current_database()')).n
}

function report(taken: Record<'without' | 'with', number[]>, deadlocks: number, rounds: number, seconds: number): void {
  const shares = [0.5, 0.95, 0.99]
  const rows = (['without', 'with'] as const).map((marks) => [
    `${marks} marks`,
    String(taken[marks].length),
    ...shares.map((share) => milliseconds(quantile(taken[marks], share))),
  ])
  const ratios = shares.map((share) => quantile(taken.with, share) / quantile(taken.without, share))
  const text = [
    '# What marks cost the writers\n',
    `Node ${process.versions.node}, ${cpus().length} cores, ${WRITERS} writers, ${rounds} rounds of ${seconds} s each way. ${deadlocks} deadlocks.\n`,
    markdown(
      'A transaction of four or five statements, from begin until it has committed',
      ['', 'transactions', 'p50', 'p95', 'p99'],
      [...rows, ['times as long with marks', '', ...ratios.map(times)], ['bound', '', '', times(BOUND), '']],
    ),
  ].join('\n')
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
  writeFileSync(new URL('./results/marking.md', import.meta.url), text)
  process.stdout.write(text)
}

await bench()
