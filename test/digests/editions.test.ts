import { byCommand } from '../../src/audit/change.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { artefactsOf } from '../../src/digests/files/artefacts.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { formats } from '../../src/digests/definition/definition.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { rerunSlot } from '../../src/digests/composing/rerun.ts'
import { snapshotById } from '../../src/digests/snapshot/stored-snapshot.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, openBerlin, rollDesk, type Given } from './desk.ts'
import { deliveriesOf, slotsOf, snapshotsOf } from './slots.ts'

const DAY = 86400
let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 60)
  await rollDesk(database.pool, desk)
})
afterEach(async () => {
  await run(database.pool, 'delete from tidemark.digests')
  await run(database.pool, 'delete from reporting_events where value = 4000000')
  await rollDesk(database.pool, desk)
})
afterAll(() => database.drop())

const compose = (now: number) => composeDueDigests(database.pool, now)
async function planned(input: Given = {}): Promise<Digest> {
  const digest = await berlinDigest(database.pool, desk, input)
  await planDueDigests(database.pool, DUE)
  return digest
}
/** A first response that took 46 days, written afterwards: no mean is the same with it. */
async function addLateRow(at: string, inbox = desk.inboxes[0]): Promise<void> {
  await run(
    database.pool,
    `insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, created_at, updated_at)
     values ('first_response', 4000000, 4000000, $1, $2, $3, $4, now())`,
    [desk.accountId, inbox, desk.agents[0], at],
  )
  await rollDesk(database.pool, desk)
}
const again = async (digest: Digest) => {
  const [slot] = await slotsOf(database.pool, digest)
  return rerunSlot(database.pool, desk.accountId, slot!.id, { actor: { kind: 'user' as const, id: 5 }, at: DUE + DAY })
}

test('a period that is run again has an edition of its own, which says so and what has changed since', async () => {
  const digest = await planned()
  await compose(DUE)
  await addLateRow('2026-03-04 12:00')
  expect(await again(digest)).toBe(2)
  expect(await compose(DUE + DAY)).toMatchObject({ composed: 1 })
  const [first, second] = await snapshotsOf(database.pool, digest)
  expect([first, second].map((stored) => [stored!.edition, stored!.snapshot.edition])).toEqual([[1, 1], [2, 2]]) // prettier-ignore
  expect(first!.snapshot.corrections).toEqual([])
  const was = first!.snapshot.totals.avg_first_response_time.current
  const now = second!.snapshot.totals.avg_first_response_time.current
  expect(now.value).toBeGreaterThan(was.value!)
  expect(second!.snapshot.corrections).toEqual([
    { metric: 'avg_first_response_time', firstDate: '2026-03-02', lastDate: '2026-03-08', was, now },
  ])
  expect(await slotsOf(database.pool, digest)).toMatchObject([{ state: 'composed', editions: 2 }])
  // The mail that had not gone out yet is not sent beside the new one.
  expect(await deliveriesOf(database.pool, digest)).toMatchObject([
    { edition: 1, state: 'skipped', error: 'edition 2 takes its place' },
    { edition: 2, state: 'queued' },
  ])
})

test('only what is composed is run again, once at a time, and only by its own account', async () => {
  const digest = await planned()
  await expect(again(digest)).rejects.toMatchObject({ status: 409 })
  await compose(DUE)
  const { id } = (await slotsOf(database.pool, digest))[0]!
  const change = byCommand(DUE)
  await expect(rerunSlot(database.pool, desk.accountId + 1, id, change)).rejects.toMatchObject({ status: 404 })
  const outcomes = await Promise.allSettled([again(digest), again(digest), again(digest)])
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await run(database.pool, `update tidemark.digest_slots set state = 'done', editions = 100`)
  await expect(again(digest)).rejects.toMatchObject({ status: 409, message: expect.stringContaining('100 times') as string })
})

test('a paused digest is run again all the same, as somebody asked for it', async () => {
  const digest = await planned()
  await compose(DUE)
  await run(database.pool, `update tidemark.digests set paused_at = now(), pause_reason = 'holidays'`)
  await again(digest)
  expect(await compose(DUE + DAY)).toMatchObject({ composed: 1 })
})

test('the next digest corrects what the last one said, to whom it said so, and only what a reader can see', async () => {
  const lead = (inbox: number) => ({ address: `inbox${inbox}@example.com`, lens: { inbox: [inbox] } })
  const [x, y] = desk.inboxes as [number, number]
  const digest = await planned({ recipients: ['ana@example.com', lead(x), lead(y)] })
  const others = await planned({ name: 'In business hours', businessHours: true })
  await compose(DUE)
  await run(database.pool, 'update tidemark.digests set business_hours = false where id = $1', [others.id])
  await addLateRow('2026-03-05 09:00', x)
  await planDueDigests(database.pool, DUE + 7 * DAY)
  expect(await compose(DUE + 7 * DAY)).toMatchObject({ composed: 2 })
  const stored = await snapshotsOf(database.pool, digest)
  const corrections = (lens: string) =>
    stored
      .filter((each) => each.lens === lens)
      .at(-1)!
      .snapshot.corrections.map(({ metric, firstDate }) => [metric, firstDate])
  expect(stored).toHaveLength(6)
  expect(corrections('')).toEqual([['avg_first_response_time', '2026-03-02']])
  expect(corrections(`{"inbox":[${x}]}`)).toEqual([['avg_first_response_time', '2026-03-02']])
  expect(corrections(`{"inbox":[${y}]}`)).toEqual([])
  const [last] = (await snapshotsOf(database.pool, digest)).filter(({ lens }) => lens === '').slice(-1)
  const { was, now } = last!.snapshot.corrections[0]!
  expect(was).toEqual(stored[0]!.snapshot.totals.avg_first_response_time.current)
  expect(now).toEqual(last!.snapshot.totals.avg_first_response_time.previous)
  // Counted another way then, so that a difference would mean nothing.
  expect((await snapshotsOf(database.pool, others)).at(-1)!.snapshot.corrections).toEqual([])
})

test('composed three days late, when much has happened since, a digest has the same files to the byte', async () => {
  const digest = await planned({ formats: [...formats], recipients: ['ana@example.com'] })
  await compose(DUE)
  const [onTime] = await snapshotsOf(database.pool, digest)
  await run(database.pool, 'delete from tidemark.snapshots where digest_id = $1', [digest.id])
  await run(database.pool, `update tidemark.digest_slots set state = 'planned', editions = 0 where digest_id = $1`, [digest.id])
  await run(
    database.pool,
    `insert into conversations (account_id, inbox_id, assignee_id, display_id, created_at, updated_at)
     select $1, $2, $3, 700000 + n, '2026-03-09 09:00'::timestamp + n * interval '1 minute', now() from generate_series(1, 50) as n`,
    [desk.accountId, desk.inboxes[0], desk.agents[0]],
  )
  const joined = await many<{ id: number }>(
    database.pool,
    `insert into users (uid, name, created_at, updated_at) values ('new', 'New Nora', now(), now()) returning id`,
  )
  await run(
    database.pool,
    `insert into account_users (account_id, user_id, created_at, updated_at) values ($1, $2, '2026-03-11', now())`,
    [desk.accountId, joined[0]!.id],
  )
  await rollDesk(database.pool, desk)
  await compose(DUE + 3 * DAY)
  const [late] = await snapshotsOf(database.pool, digest)
  expect(late!.snapshot.data.takenAt.at - onTime!.snapshot.data.takenAt.at).toBe(3 * DAY)
  expect(late!.snapshot).toEqual({
    ...onTime!.snapshot,
    data: { ...onTime!.snapshot.data, takenAt: late!.snapshot.data.takenAt },
  })
  const [before, after] = [await artefactsOf(onTime!.snapshot, formats), await artefactsOf(late!.snapshot, formats)]
  expect(before.attachments.map(({ name }) => name)).toHaveLength(4)
  for (const [i, { name, content }] of before.attachments.entries()) {
    expect(after.attachments[i]!.name).toBe(name)
    expect(after.attachments[i]!.content.equals(content), name).toBe(true)
  }
  for (const [i, { content }] of before.pictures.entries()) expect(after.pictures[i]!.content.equals(content)).toBe(true)
  expect(mailOf(late!.snapshot, after, {})).toEqual(mailOf(onTime!.snapshot, before, {}))
  await run(database.pool, 'delete from conversations where display_id > 700000')
})

test('whatever happens to rows and rollups between two files of a mail, all of them tell what was stored; an edited one, nothing', async () => {
  const digest = await planned({ formats: [...formats] })
  await compose(DUE)
  const [stored] = await snapshotsOf(database.pool, digest)
  const drawn = async () => {
    const { snapshot } = (await snapshotById(database.pool, desk.accountId, stored!.id))!
    const artefacts = await artefactsOf(snapshot, formats)
    return {
      mail: mailOf(snapshot, artefacts, {}),
      files: artefacts.attachments.map(({ content }) => content.toString('base64')),
    }
  }
  const first = await drawn()
  await run(database.pool, 'update tidemark.rollup_hourly set conversations = conversations * 7 + 1 where account_id = $1', [
    desk.accountId,
  ])
  await run(database.pool, 'update tidemark.rollup_daily set first_response_value_sum = 1 where account_id = $1', [
    desk.accountId,
  ])
  await run(database.pool, `update users set name = 'Somebody else' where id = $1`, [desk.agents[0]])
  await run(
    database.pool,
    `update digests set name = 'Renamed', business_hours = true, language = 'en' where account_id = $1`.replace(
      'digests',
      'tidemark.digests',
    ),
    [desk.accountId],
  )
  await run(database.pool, 'delete from messages where account_id = $1', [desk.accountId])
  expect(await drawn()).toEqual(first)
  await run(
    database.pool,
    `update tidemark.snapshots set figures = jsonb_set(figures, '{totals,conversations_count,current,value}', '1') where id = $1`,
    [stored!.id],
  )
  await expect(drawn()).rejects.toThrow('SHA-256')
})
