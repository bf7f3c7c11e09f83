import { byCommand } from '../../src/audit/change.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { reasonToSkip, targetResults, thresholdResults } from '../../src/digests/composing/conditions.ts'
import type { Condition } from '../../src/digests/definition/definition.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { rerunSlot } from '../../src/digests/composing/rerun.ts'
import { releaseSlot } from '../../src/digests/composing/slot-decisions.ts'
import { runDigest } from '../../src/digests/composing/run-digest.ts'
import type { MailRoute } from '../../src/digests/delivery/send.ts'
import { statusOf } from '../../src/digests/mail/status.ts'
import { setTargets } from '../../src/reports/targets.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, openBerlin, rollDesk, type Given } from './desk.ts'
import { acme, acmeWith, pairs } from './fixture.ts'
import { deliveriesOf, slotsOf, snapshotsOf } from './slots.ts'

const HOUR = 3600
let database: TestDatabase
let desk: Desk
let quiet: Desk
let route: MailRoute
beforeAll(async () => {
  route = { smtpUrl: undefined, from: 'Tidemark <reports@desk.example>', outbox: await mkdtemp(join(tmpdir(), 'outbox-')) }
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 40)
  quiet = await openBerlin(database.pool, 0)
})
beforeEach(() => rollDesk(database.pool, desk))
afterEach(() => run(database.pool, 'delete from tidemark.digests'))
afterAll(async () => {
  await rm(route.outbox, { recursive: true })
  await database.drop()
})

const compose = (now: number) => composeDueDigests(database.pool, now)
async function planned(input: Given, of = desk): Promise<Digest> {
  const digest = await berlinDigest(database.pool, of, input)
  await planDueDigests(database.pool, DUE)
  return digest
}
const stateOf = async (digest: Digest) => (await slotsOf(database.pool, digest))[0]!
const condition = (given: Partial<Condition>): Condition => ({ when: 'missed', thresholds: [], targets: false, ...given })

/** A late row in the reported week: its hour is dirty until it is rolled. */
const addLateRow = () =>
  run(
    database.pool,
    `insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, created_at, updated_at)
     values ('first_response', 60, 60, $1, $2, $3, '2026-03-08 12:00', now())`,
    [desk.accountId, desk.inboxes[0], desk.agents[0]],
  )

test('thresholds are held against the figures of the period, and of nothing none is missed', () => {
  const limits = condition({
    thresholds: [
      { metric: 'avg_first_response_time', limit: 'above', value: 842 },
      { metric: 'avg_first_response_time', limit: 'above', value: 841.9 },
      { metric: 'csat_score', limit: 'below', value: 95 },
      { metric: 'bot_handoffs_count', limit: 'below', value: 12 },
      { metric: 'bot_handoffs_count', limit: 'below', value: 12.5 },
    ],
  })
  expect(thresholdResults(limits, acme.totals).map(({ missed }) => missed)).toEqual([false, true, true, false, true])
  expect(thresholdResults(limits, pairs()).map(({ missed }) => missed)).toEqual([false, false, false, true, true])
  expect(thresholdResults(limits, acme.totals)[0]!.figure).toEqual({ value: 842, n: 468 })
})

test('targets are held against the means of their account, inbox or team, where the snapshot lists it', () => {
  const results = targetResults(
    [
      { type: 'account', id: 7, times: 'first_response', seconds: 900 },
      { type: 'account', id: 7, times: 'resolution', seconds: 20_399 },
      { type: 'inbox', id: 1, times: 'reply', seconds: 1800 },
      { type: 'team', id: 2, times: 'first_response', seconds: 861 },
      { type: 'team', id: 2, times: 'reply', seconds: 1 },
      { type: 'inbox', id: 99, times: 'reply', seconds: 1 },
    ],
    acme,
  )
  expect(results.map(({ name, value, n, missed }) => [name, value, n, missed])).toEqual([
    ['Acme Support', 842, 468, false],
    ['Acme Support', 20_400, 498, true],
    ['Email', 2830, 410, true],
    ['Product', 861, 214, false],
    ['Product', null, 0, false],
  ])
})

test('a condition gives its reason, and targets count only where they are asked for', () => {
  const missedTarget = { type: 'account', id: 7, times: 'reply', seconds: 1, name: 'Acme', value: 2, n: 9, missed: true } as const
  const withTarget = acmeWith({ targets: [missedTarget] })
  expect(reasonToSkip(condition({ targets: true }), withTarget)).toBeUndefined()
  expect(reasonToSkip(condition({}), withTarget)).toBe('nothing was missed')
  expect(reasonToSkip(condition({ when: 'always' }), acmeWith({ totals: pairs() }))).toBeUndefined()
  expect(reasonToSkip(condition({ when: 'has_data' }), acmeWith({ totals: pairs() }))).toBe('nothing happened in the period')
  // What stands open has come before.
  const open = pairs({ open_conversations_count: [3, 3, 3, 3] })
  expect(reasonToSkip(condition({ when: 'has_data' }), acmeWith({ totals: open }))).toBe('nothing happened in the period')
  expect(reasonToSkip(condition({ when: 'has_data' }), acme)).toBeUndefined()
})

test('a digest that wants data is skipped in a quiet week, visibly; without the wish the quiet week is mailed', async () => {
  const wanting = await planned({ condition: { when: 'has_data' } }, quiet)
  const always = await planned({ name: 'Always' }, quiet)
  expect(await compose(DUE)).toMatchObject({ composed: 1, skipped: 1 })
  expect(await stateOf(wanting)).toMatchObject({ state: 'skipped', note: 'nothing happened in the period', editions: 0 })
  expect(await deliveriesOf(database.pool, wanting)).toEqual([])
  expect(await stateOf(always)).toMatchObject({ state: 'composed' })
  // It is over: neither the heartbeat nor a run takes it up again.
  expect(await compose(DUE + 60)).toEqual({ composed: 0, waiting: 0, held: 0, skipped: 0, failed: 0 })
  expect(await runDigest(database.pool, wanting, DUE + 60, { route })).toMatchObject({ state: 'skipped', deliveries: {} })
})

test('a digest of misses is sent when a threshold or target is missed, and judged by the whole digest, not by lenses', async () => {
  const missed = { metric: 'conversations_count', limit: 'above', value: 1 } as const
  const kept = { metric: 'conversations_count', limit: 'below', value: 1 } as const
  const lens = { address: 'lead@example.com', lens: { team: [desk.teams[0]!] } }
  const sends = await planned({ condition: { when: 'missed', thresholds: [kept, missed] }, recipients: [lens] })
  const skips = await planned({ condition: { when: 'missed', thresholds: [kept] } })
  await setTargets(
    database.pool,
    desk.accountId,
    [{ type: 'inbox', id: desk.inboxes[0]!, times: 'resolution', seconds: 1 }],
    byCommand(DUE),
  )
  const byTarget = await planned({ condition: { when: 'missed', targets: true } })
  expect(await compose(DUE)).toMatchObject({ composed: 2, skipped: 1 })
  expect(await stateOf(skips)).toMatchObject({ state: 'skipped', note: 'nothing was missed' })
  const [whole] = await snapshotsOf(database.pool, sends)
  expect(whole!.snapshot.thresholds).toMatchObject([
    { ...kept, missed: false },
    { ...missed, missed: true },
  ])
  const [missing] = await snapshotsOf(database.pool, byTarget)
  expect(missing!.snapshot.targets).toMatchObject([
    { type: 'inbox', name: `inboxes ${desk.inboxes[0]}`, seconds: 1, missed: true },
  ])
  await setTargets(database.pool, desk.accountId, [], byCommand(DUE))
})

test('a skipped period that somebody wants all the same is composed, and says its edition', async () => {
  const digest = await planned({ condition: { when: 'missed', thresholds: [] } })
  await compose(DUE)
  expect(
    await rerunSlot(database.pool, desk.accountId, (await stateOf(digest)).id, {
      actor: { kind: 'user' as const, id: 5 },
      at: DUE + 60,
    }),
  ).toBe(1)
  expect(await compose(DUE + 60)).toMatchObject({ composed: 1 })
  expect(await stateOf(digest)).toMatchObject({ state: 'composed', note: null, editions: 1 })
})

test('what is not rolled after its patience is held: composed when it is, or when somebody decides so', async () => {
  await addLateRow()
  const patient = await planned({ whenIncomplete: 'hold', patienceHours: 0.5 })
  const decided = await planned({ whenIncomplete: 'hold', patienceHours: 0.5, name: 'Decided' })
  const asked = await planned({ whenIncomplete: 'hold', patienceHours: 0.5, name: 'Asked' })
  expect(await compose(DUE + HOUR / 2 - 1)).toMatchObject({ waiting: 3, held: 0 })
  expect(await compose(DUE + HOUR / 2)).toMatchObject({ waiting: 0, held: 3 })
  expect(await stateOf(patient)).toMatchObject({ state: 'held', note: expect.stringContaining('after 0.5 h') as string })
  // It stays so, for days, and is not noted anew every minute.
  expect(await compose(DUE + 100 * HOUR)).toMatchObject({ held: 0, composed: 0, failed: 0 })
  const { id: slotId } = await stateOf(decided)
  await releaseSlot(
    database.pool,
    { accountId: desk.accountId, digestId: decided.id, slotId },
    { actor: { kind: 'user' as const, id: 5 }, at: DUE + 101 * HOUR },
  )
  expect(await compose(DUE + 101 * HOUR)).toMatchObject({ composed: 1 })
  const [released] = await snapshotsOf(database.pool, decided)
  expect(statusOf(released!.snapshot).kind).toBe('missing')
  expect(await runDigest(database.pool, asked, DUE + HOUR, { route })).toMatchObject({
    state: expect.stringMatching('composed|done') as string,
  })
  expect(await stateOf(patient)).toMatchObject({ state: 'held' })
  await rollDesk(database.pool, desk)
  expect(await compose(DUE + 102 * HOUR)).toMatchObject({ composed: 1 })
  const [complete] = await snapshotsOf(database.pool, patient)
  expect(statusOf(complete!.snapshot).kind).toBe('complete')
})

test('what is not rolled after its patience is skipped where the digest says so', async () => {
  await addLateRow()
  const digest = await planned({ whenIncomplete: 'skip', patienceHours: 1 })
  expect(await compose(DUE)).toMatchObject({ waiting: 1 })
  expect(await compose(DUE + HOUR)).toMatchObject({ skipped: 1 })
  expect(await stateOf(digest)).toMatchObject({ state: 'skipped', note: expect.stringContaining('after 1 h') as string })
})

// They are the longest due, so that they come first each time.
test('any number of slots that wait keep none behind them from its turn', async () => {
  await addLateRow()
  await planned({ name: 'Waits' })
  await run(
    database.pool,
    `insert into tidemark.digest_slots (account_id, digest_id, period_start, period_end, due_at, zone, state, planned_at)
     select account_id, digest_id, period_start - n, period_end, due_at - interval '1 hour', zone, 'planned', planned_at
     from tidemark.digest_slots cross join generate_series(1, 120) as n where account_id = $1`,
    [desk.accountId],
  )
  const free = await planned({}, quiet)
  expect(await compose(DUE)).toMatchObject({ waiting: 121, composed: 1 })
  expect(await stateOf(free)).toMatchObject({ state: 'composed' })
})
