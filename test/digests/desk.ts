import { byCommand } from '../../src/audit/change.ts'
import { run, type Pool } from '../../src/db.ts'
import type { DefinitionInput } from '../../src/digests/definition/definition.ts'
import { createDigest, type Digest } from '../../src/digests/definition/digest.ts'
import { rollDirty, spreadMarks } from '../../src/rollups/rolling/roll-dirty.ts'
import { openDesk, writeHistory, type Desk } from '../support/desk.ts'

export const instant = (iso: string) => Date.parse(iso) / 1000

/** The week of 2 March 2026 in Berlin, on which most of these tests report, and when it is due. */
export const WEEK = '2026-03-02'
export const DUE = instant('2026-03-09T07:00:00Z')
export const CREATED = instant('2026-03-05T12:00:00Z')

/** A desk in Berlin that has been there since 2025, with two weeks of history. */
export async function openBerlin(pool: Pool, conversations = 60): Promise<Desk> {
  const desk = await openDesk(pool, 'Europe/Berlin')
  await run(
    pool,
    `insert into account_users (account_id, user_id, created_at, updated_at)
     select $1, id, '2025-01-01', '2025-01-01' from unnest($2::int[]) as id`,
    [desk.accountId, desk.agents],
  )
  for (const table of ['teams', 'inboxes', 'labels']) {
    await run(
      pool,
      `update ${table} set created_at = '2025-01-01', name = $2 || ' ' || id where account_id = $1`.replace(...nameColumn(table)),
      [desk.accountId, table],
    )
  }
  if (conversations > 0) await writeHistory(pool, desk, conversations)
  return desk
}

const nameColumn = (table: string): [string, string] =>
  table === 'labels' ? [`, name = $2 || ' ' || id`, ', description = $2'] : ['', '']

/** A definition in which an address may stand for a recipient. */
export type Given = Partial<Omit<DefinitionInput, 'recipients'>> & {
  recipients?: (string | NonNullable<DefinitionInput['recipients']>[number])[]
}

/** Mondays at 08:00 in Berlin, to ana@example.com, but for what is given. */
export function berlinDefinition({ recipients = ['ana@example.com'], ...input }: Given = {}): DefinitionInput {
  return {
    name: 'Managers',
    zone: 'Europe/Berlin',
    cadence: { every: 'week', weekdays: [1], time: '08:00' },
    ...input,
    recipients: recipients.map((recipient) => (typeof recipient === 'string' ? { address: recipient } : recipient)),
  }
}

/** A digest that is due on Mondays at 08:00 in Berlin. */
export function berlinDigest(pool: Pool, { accountId }: Desk, input: Given = {}, now = CREATED): Promise<Digest> {
  return createDigest(pool, accountId, berlinDefinition(input), byCommand(now))
}

/** Rolls all that is dirty of a desk, as the sweep does. */
export async function rollDesk(pool: Pool, { accountId }: Desk): Promise<void> {
  await spreadMarks(pool)
  await rollDirty(pool, accountId, undefined, DUE)
}
