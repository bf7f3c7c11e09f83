// What is kept of digests and logs: snapshots go with who was sent them once nothing needs them, files with their deliveries, log
// rows with their day, and the command line says and does the same.
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run, type Pool } from '../../src/db.ts'
import { purgeAll } from '../../src/retention/purge-all.ts'
import { purge } from '../../src/retention/purge.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { DAY, keep, NOW } from './desk.ts'

let database: TestDatabase
let pool: Pool
let outbox: string

beforeAll(async () => {
  database = await createStandalone()
  pool = database.pool
  await run(
    pool,
    `insert into accounts (id, name, created_at, updated_at) values (1, 'One', now(), now()), (2, 'Two', now(), now())`,
  )
  outbox = await mkdtemp(join(tmpdir(), 'tidemark-outbox-'))
})
afterAll(async () => {
  await database?.drop()
  await rm(outbox, { recursive: true, force: true })
})

/** A weekly digest whose slots fell due so many days ago, each sent to one person. Returns the ids of the deliveries, in order. */
async function digest(account: number, daysAgo: number[], comparison = 'previous'): Promise<string[]> {
  const { id } = await one<{ id: number }>(
    pool,
    `insert into tidemark.digests (account_id, name, zone, formats, active_since, planned_until, cadence, data_window, comparison)
     values ($1, 'Weekly', 'UTC', '{inline}', to_timestamp($2), to_timestamp($2), '{}', '{}', $3) returning id`,
    [account, NOW, comparison],
  )
  const deliveries: string[] = []
  for (const days of daysAgo) {
    const due = NOW - days * DAY
    const slot = await one<{ id: number }>(
      pool,
      `insert into tidemark.digest_slots (account_id, digest_id, period_start, period_end, due_at, zone, state, planned_at, editions)
       values ($1, $2, (to_timestamp($3) - interval '7 days')::date, (to_timestamp($3) - interval '1 day')::date, to_timestamp($3), 'UTC', 'done',
         to_timestamp($3), 1) returning id`,
      [account, id, due],
    )
    const snapshot = await one<{ id: number }>(
      pool,
      `insert into tidemark.snapshots (account_id, digest_id, slot_id, figures, sha256, formats, taken_at)
       values ($1, $2, $3, '{}', repeat('0', 64), '{inline}', to_timestamp($4)) returning id`,
      [account, id, slot.id, due],
    )
    const delivery = randomUUID()
    await run(
      pool,
      `insert into tidemark.deliveries (id, account_id, digest_id, slot_id, snapshot_id, recipient, state, message_id, created_at, finished_at)
       values ($1, $2, $3, $4, $5, 'a@example.com', 'sent', '<a@example.com>', to_timestamp($6), to_timestamp($6))`,
      [delivery, account, id, slot.id, snapshot.id, due],
    )
    deliveries.push(delivery)
  }
  return deliveries
}

const link = (account: number, delivery: string, expires: number) =>
  run(
    pool,
    `insert into tidemark.links (id, account_id, delivery_id, expires_at, created_at) values ($1, $2, $3, to_timestamp($4), now())`,
    [randomUUID(), account, delivery, expires],
  )

const left = async (account: number) =>
  (
    await many<{ id: string }>(pool, 'select id from tidemark.deliveries where account_id = $1 order by created_at', [account])
  ).map(({ id }) => id)

test('snapshots go with their deliveries, but for what somebody or something still needs', async () => {
  const [linked, open, gone, doubtful, ...recent] = await digest(1, [200, 190, 180, 170, 160, 40, 33])
  await link(1, linked!, NOW + 1)
  await link(1, gone!, NOW - 1)
  await run(pool, `update tidemark.deliveries set state = 'queued', finished_at = null, next_attempt_at = now() where id = $1`, [
    open,
  ])
  await run(pool, `update tidemark.deliveries set state = 'uncertain', finished_at = null where id = $1`, [doubtful])
  const yearly = await digest(1, [390, 80, 70], 'year')
  const [other] = [await digest(2, [200, 100, 90])]
  await keep(pool, 1, { snapshots: 32 })
  const rows = await purge(pool, 1, { reason: 'test', now: NOW })
  expect(rows).toEqual({ deliveries: 2, snapshots: 2 })
  const kept = [yearly[0], linked, open, doubtful, ...yearly.slice(1), ...recent.slice(1)]
  expect(new Set(await left(1))).toEqual(new Set(kept))
  expect(await left(2)).toEqual(other)
  // The periods stay in the history.
  expect((await one<{ n: number }>(pool, 'select count(*)::int as n from tidemark.digest_slots where account_id = 1')).n).toBe(10)
  expect(await purge(pool, 1, { reason: 'test', now: NOW })).toEqual({})
})

test('backfills go some time after they ended, with what they could not roll, and no other', async () => {
  const ended = (account: number, days: number, state = 'completed') =>
    one<{ id: number }>(
      pool,
      `insert into tidemark.backfills (account_id, since, until, reason, state, finished_at)
       values ($1, '-infinity', 'infinity', 'test', $3, case when $3 <> 'paused' then to_timestamp($2) end) returning id`,
      [account, NOW - days * DAY, state],
    )
  const [old, recent, underWay, others] = [
    await ended(1, 40),
    await ended(1, 20),
    await ended(1, 90, 'paused'),
    await ended(2, 40),
  ]
  await run(
    pool,
    `insert into tidemark.backfill_errors (account_id, backfill_id, hour, error, failed_at) values (1, $1, now(), 'x', now())`,
    [old.id],
  )
  await keep(pool, 1, { logs: 30 })
  expect(await purge(pool, 1, { reason: 'test', now: NOW })).toEqual({ backfills: 1 })
  const ids = (await many<{ id: number }>(pool, 'select id from tidemark.backfills order by id')).map(({ id }) => id)
  expect(ids).toEqual([recent.id, underWay.id, others.id])
  expect(await many(pool, 'select 1 as left from tidemark.backfill_errors')).toEqual([])
})

test('an account that cannot be purged is told of and keeps no other waiting', async () => {
  const visit = (account: number) =>
    run(
      pool,
      `insert into tidemark.late_hours (account_id, hour, first_at, last_at) values ($1, now(), to_timestamp(0), to_timestamp(0))`,
      [account],
    )
  for (const account of [1, 2]) await Promise.all([visit(account), keep(pool, account, { logs: 30 })])
  await run(pool, 'alter table tidemark.audit_log add constraint broken check (account_id <> 1) not valid')
  const told: number[] = []
  const all = purgeAll(pool, { outbox, signal: new AbortController().signal, onFailure: (account) => told.push(account) })
  await expect(all).rejects.toThrow('broken')
  await run(pool, 'alter table tidemark.audit_log drop constraint broken')
  const left = await many<{ id: number }>(pool, 'select account_id as id from tidemark.late_hours')
  expect({ told, left }).toEqual({ told: [1], left: [{ id: 1 }] })
  await run(pool, 'delete from tidemark.late_hours')
  await keep(pool, 2, {})
})

test('files of the account’s own mails go by their age', async () => {
  const [mine] = await digest(1, [5])
  const [others] = await digest(2, [5])
  const file = async (id: string, days: number) => {
    const path = join(outbox, `weekly-2026-05-04-${id}.eml`)
    await writeFile(path, 'mail')
    await utimes(path, NOW - days * DAY, NOW - days * DAY)
  }
  await file(mine!, 10)
  await file(others!, 10)
  await writeFile(join(outbox, 'notes.txt'), 'of somebody')
  await keep(pool, 1, { files: 11 })
  expect(await purge(pool, 1, { reason: 'test', now: NOW, outbox })).toEqual({})
  await keep(pool, 1, { files: 7 })
  expect(await purge(pool, 1, { reason: 'test', now: NOW, outbox })).toEqual({ files: 1 })
  expect((await readdir(outbox)).sort()).toEqual(['notes.txt', `weekly-2026-05-04-${others}.eml`])
})

test(
  'the command line plans without changing anything, wants a reason and --yes, and tells what went',
  { timeout: 240_000 },
  async () => {
    await run(
      pool,
      `insert into tidemark.audit_log (account_id, at, actor_kind, action) select 1, to_timestamp($1) - n * interval '1 day', 'system', 'settings.update'
     from generate_series(1, 60) as n`,
      [NOW],
    )
    await keep(pool, 1, { logs: 30 })
    const command = (...args: string[]) =>
      tidemark(args, { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOW * 1000).toISOString() })
    const plan = await command('--json', 'retention', 'plan', '--account', '1')
    const { planned } = JSON.parse(plan.stdout) as { planned: { thing: string; rows: Record<string, number> }[] }
    expect(planned.find(({ thing }) => thing === 'logs')!.rows.audit_log).toBe(30)
    const count = () =>
      one<{ n: number }>(pool, `select count(*)::int as n from tidemark.audit_log where action = 'settings.update'`)
    const before = (await count()).n
    expect((await command('retention', 'purge', '--account', '1', '--reason', 'enough')).code).toBe(2)
    expect((await count()).n).toBe(before)
    const purged = await command('--json', 'retention', 'purge', '--account', '1', '--reason', 'enough', '--yes')
    expect({ code: purged.code, rows: JSON.parse(purged.stdout).rows }).toEqual({ code: 0, rows: { audit_log: 30 } })
    expect((await count()).n).toBe(before - 30)
    const show = await command('--json', 'retention', 'show', '--account', '1')
    expect(JSON.parse(show.stdout)).toMatchObject({
      account_id: 1,
      kept: { logs: { days: 30, since: null }, raw: { days: null } },
      late_hours: [],
    })
  },
)
