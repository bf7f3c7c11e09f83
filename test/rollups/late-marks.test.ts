// Marks whose reach the writer cannot see. A truncation from an old snapshot does not see what was rolled since; a tagging that
// goes while its conversation is still being inserted leaves nothing to look at; new rules of a zone leave no mark at all.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, run, transaction, type Pool } from '../../src/db.ts'
import { reading } from '../../src/reports/reading.ts'
import type { Dimension } from '../../src/rollups/parts.ts'
import { activeBackfills, followZone } from '../../src/rollups/backfill/backfill.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'

const SINCE = Date.UTC(2026, 2, 1) / 1000
let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createStandalone()
  pool = database.pool
  await pool.query(`
    insert into accounts (id, name, created_at, updated_at, settings) values (1, 'A', now(), now(), '{"reporting_timezone": "America/Asuncion"}');
    insert into inboxes (id, channel_id, account_id, name, created_at, updated_at) values (1, 1, 1, 'I', now(), now());
    insert into tags (id, name) values (1, 'bug');
    insert into labels (id, title, account_id, created_at, updated_at) values (1, 'bug', 1, now(), now())`)
  await insertConversations('2026-03-02', 10)
  await sweep()
})
afterAll(() => database.drop())

async function sweep(): Promise<void> {
  for (const id of await dirtyAccounts(pool)) await rollDirty(pool, id)
}

const insertConversations = (day: string, n: number) =>
  run(
    pool,
    `insert into conversations (account_id, inbox_id, created_at, updated_at, last_activity_at)
     select 1, 1, $1::timestamp + n * interval '1 hour', now(), now() from generate_series(1, $2) as n`,
    [day, n],
  )

const counted = (dimension: Dimension) =>
  reading(pool, 1, async (read) => {
    const rows = await read.totals({ dimension, since: SINCE, until: SINCE + 30 * 86400, metrics: ['conversations_count'] })
    return { value: rows[0]?.figures.conversations_count.value ?? 0, source: read.source }
  })

test('a tagging deleted while its conversation is being inserted is not counted once all have committed', async () => {
  const { id } = await one<{ id: number }>(pool, `select nextval('conversations_id_seq')::int as id`)
  await run(pool, `insert into taggings (tag_id, taggable_type, taggable_id, context) values (1, 'Conversation', $1, 'labels')`, [
    id,
  ])
  await sweep()
  await transaction(pool, async (deleting) => {
    await transaction(pool, async (inserting) => {
      await run(
        inserting,
        `insert into conversations (id, account_id, inbox_id, created_at, updated_at, last_activity_at)
         values ($1, 1, 1, '2026-03-03', now(), now())`,
        [id],
      )
      await run(deleting, 'delete from taggings where taggable_id = $1', [id])
    })
    await sweep()
    expect((await counted('label')).value).toBe(1)
  })
  expect((await counted('label')).value).toBe(0)
  await sweep()
  expect((await counted('label')).value).toBe(0)
})

test('a truncation that does not see the latest roll still makes all of it stale', async () => {
  await transaction(
    pool,
    async (old) => {
      await old.query('select 1')
      await insertConversations('2026-03-10', 5)
      await sweep()
      await old.query('truncate conversations')
    },
    'repeatable read',
  )
  expect((await counted('account')).value).toBe(0)
  await sweep()
  expect((await counted('account')).value).toBe(0)
})

test('under new rules of its zone an account is read raw, and rolled anew', async () => {
  await insertConversations('2026-03-20', 7)
  await sweep()
  await run(pool, `update tidemark.accounts set rolled_rules = 'those of last year'`)
  expect(await counted('account')).toEqual({ value: 7, source: 'raw' })
  expect(await followZone(pool, 1)).toBe(true)
  const [asked] = await activeBackfills(pool, 1)
  await runBackfill(pool, 1, asked!.id)
  expect((await counted('account')).value).toBe(7)
  expect((await counted('account')).source).not.toBe('raw')
  expect(await followZone(pool, 1)).toBe(false)
})
