import { run, type Pool } from '../../src/db.ts'
import { followZone } from '../../src/rollups/backfill/backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { accounts, emptyDesks, insert, openDesks, type Row } from '../support/random-rows.ts'

/** A database with the two desks of random-rows.ts and what the tests of a report add to them. */
export async function openReportDatabase(): Promise<TestDatabase> {
  const database = await createStandalone()
  await openDesks(database.pool)
  return database
}

/** Empties the desks and moves them to a time zone; what is inserted next is history that no trigger has seen. */
export async function beginAnew(pool: Pool, zone: string): Promise<void> {
  await emptyDesks(pool)
  await run(pool, `update accounts set settings = jsonb_build_object('reporting_timezone', $1::text)`, [zone])
  await run(pool, 'insert into tidemark.accounts (account_id) select id from accounts')
  for (const account of accounts) await followZone(pool, account)
}

/** Rows that were there before Tidemark was, so that nothing marks them: they are covered once they are rolled. */
export async function insertHistory(pool: Pool, table: string, rows: Row[]): Promise<void> {
  await run(pool, `alter table ${table} disable trigger user`)
  await insert(pool, table, rows)
  await run(pool, `alter table ${table} enable trigger user`)
}

/** An instant as the raw tables hold it. */
export const stamp = (instant: number): string => new Date(instant * 1000).toISOString().slice(0, -1)

export const instantOf = (iso: string): number => Date.parse(iso) / 1000

/** A conversation of desk 1 with everything that the table wants. */
export function conversation(id: number, createdAt: string, more: Row = {}): Row {
  const place = { account_id: 1, inbox_id: 11, assignee_id: 51, team_id: 31, contact_id: 1, status: 0 }
  const times = { created_at: createdAt, updated_at: createdAt, last_activity_at: createdAt }
  return { id, display_id: id, ...place, ...times, ...more }
}

/** An event of desk 1. */
export function event(id: number, name: string, createdAt: string, more: Row = {}): Row {
  const place = { account_id: 1, inbox_id: 11, user_id: 51, conversation_id: null, value: null, value_in_business_hours: null }
  return { id, name, ...place, created_at: createdAt, updated_at: createdAt, ...more }
}

/** A message of desk 1. */
export function message(id: number, conversationId: number, createdAt: string, more: Row = {}): Row {
  const kind = { message_type: 0, content_type: 0, sender_type: null, sender_id: null, private: false }
  return {
    id,
    account_id: 1,
    inbox_id: 11,
    conversation_id: conversationId,
    ...kind,
    created_at: createdAt,
    updated_at: createdAt,
    ...more,
  }
}
