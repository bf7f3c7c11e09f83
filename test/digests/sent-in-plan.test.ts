// A plan of a backfill names the digests that were mailed with figures of the days it rolls: those that arrived or may have, of that account
// alone.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { run } from '../../src/db.ts'
import { planBackfill } from '../../src/rollups/backfill/plan-backfill.ts'
import { optionsOf } from '../../src/rollups/backfill/start-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, instant, openBerlin } from './desk.ts'
import { startSmtp, type SmtpRecorder } from './smtp.ts'

let database: TestDatabase
let smtp: SmtpRecorder
let desk: Desk
let other: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  smtp = await startSmtp()
  desk = await openBerlin(database.pool, 5)
  other = await openBerlin(database.pool, 0)
})
afterAll(async () => {
  await smtp.close()
  await database.drop()
})

/** The digests that a plan from the first to the day before the second local midnight in Berlin names. */
async function named({ accountId }: Desk, since: string, until: string) {
  const range = { since: instant(`${since}T00:00:00+01:00`), until: instant(`${until}T00:00:00+01:00`) }
  return (await planBackfill(database.pool, { accountId, ...range, ...optionsOf({}) }, DUE)).digests
}

test('what was sent is named where its period meets the range, what waits to be sent is not', async () => {
  const { id, name } = await berlinDigest(database.pool, desk, {
    recipients: ['ana@example.com', 'ben@example.com'],
    formats: ['csv'],
  })
  await planDueDigests(database.pool, DUE)
  expect(await composeDueDigests(database.pool, DUE)).toMatchObject({ composed: 1 })
  expect(await named(desk, '2026-03-01', '2026-03-10')).toEqual({ total: 0, sent: [] })
  const route = { smtpUrl: smtp.url, from: 'Tidemark <reports@desk.example>', outbox: '/nowhere' }
  expect(await deliverQueued(database.pool, DUE, { route })).toMatchObject({ sent: 2 })
  const sent = [{ digestId: id, name, firstDate: '2026-03-02', lastDate: '2026-03-08' }]
  expect((await named(desk, '2026-03-08', '2026-03-09')).sent).toMatchObject(sent)
  expect((await named(desk, '2026-02-25', '2026-03-03')).sent).toMatchObject(sent)
  // The days before and after it.
  expect((await named(desk, '2026-02-25', '2026-03-02')).total).toBe(0)
  expect((await named(desk, '2026-03-09', '2026-03-10')).total).toBe(0)
  expect((await named(other, '2026-03-01', '2026-03-10')).total).toBe(0)
  // Of which nobody knows whether it arrived: somebody may have it, so it is told of; refused, nobody has.
  const settle = (state: string) =>
    run(
      database.pool,
      `update tidemark.deliveries
       set state = $2, finished_at = case when $2 = 'refused' then now() end where account_id = $1`,
      [desk.accountId, state],
    )
  await settle('uncertain')
  expect((await named(desk, '2026-03-08', '2026-03-09')).sent).toMatchObject(sent)
  await settle('refused')
  expect((await named(desk, '2026-03-08', '2026-03-09')).total).toBe(0)
})
