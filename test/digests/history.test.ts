// What was sent to whom, and what people decide about it, asked of a server over HTTP.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { isoOf } from '../../src/time/local-text.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { fingerprint, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { sendTestMail } from '../../src/digests/delivery/test-mail.ts'
import { berlinDigest, DUE, WEEK } from './desk.ts'
import { openServedDesk, type ServedDesk } from './served-desk.ts'

interface Delivery {
  id: string
  slot_id: number
  edition: number
  copy: number
  recipient: string
  state: string
  error: string | null
  requested_by: number | null
  resolution: string | null
  resolved_by: number | null
  next_attempt_at: string | null
}
interface Slot {
  id: number
  period: { first_date: string; last_date: string }
  state: string
  note: string | null
  editions: number
  decision: string | null
  decided_by: number | null
  deliveries: Record<string, number>
}

let served: ServedDesk
beforeAll(async () => {
  served = await openServedDesk()
})
afterEach(() => served.clear())
afterAll(() => served.close())

const deliveriesOf = async ({ id }: Digest, query = '') =>
  (await served.ask<{ total_count: number; deliveries: Delivery[] }>('GET', `digests/${id}/deliveries?${query}`)).json
const slotOf = async ({ id }: Digest) => (await served.ask<{ slots: Slot[] }>('GET', `digests/${id}/slots`)).json.slots[0]!
const decide = (delivery: Delivery, what: string, body?: object) =>
  served.ask<Delivery>('POST', `deliveries/${delivery.id}/${what}`, body)

/** As after a connection that was lost behind the message, a second time. */
const makeUncertain = (recipient: string, next: number | null = null) =>
  run(
    served.database.pool,
    `update tidemark.deliveries set state = 'uncertain', finished_at = null, doubts = 1, next_attempt_at = to_timestamp($3)
     where account_id = $1 and recipient = $2`,
    [served.desk.accountId, recipient, next],
  )

const lastAct = async () =>
  (await one<{ id: number }>(served.database.pool, 'select coalesce(max(id), 0) as id from tidemark.audit_log')).id
/** What was recorded since an act: who did it, when, to what, why, and how it was before and after; no address in any of it. */
async function actsAfter(act: number): Promise<object[]> {
  const acts = await many(
    served.database.pool,
    `select action, actor_kind || ' ' || actor_id as who, extract(epoch from at)::float8 as at, subject_kind as kind,
       subject_id as id, reason, before, after
     from tidemark.audit_log where account_id = $1 and id > $2 order by audit_log.id`,
    [served.desk.accountId, act],
  )
  expect(JSON.stringify(acts)).not.toContain('@')
  return acts
}
/** What every act of the desk's administrator has in common. */
const own = (at = DUE) => ({ who: `user ${served.desk.agents[0]}`, at, reason: null })

test('slots tell what became of each period, and deliveries what became of each mail', async () => {
  const digest = await served.sent({ recipients: ['a@example.com', 'b@example.com', 'c@example.com'] })
  await makeUncertain('b@example.com')
  const { json } = await served.ask<{ total_count: number; slots: Slot[] }>('GET', `digests/${digest.id}/slots`)
  expect(json).toMatchObject({
    total_count: 1,
    page: 1,
    per_page: 25,
    slots: [
      {
        period: { first_date: WEEK, last_date: '2026-03-08' },
        due_at: isoOf(DUE),
        zone: 'Europe/Berlin',
        state: 'done',
        editions: 1,
        note: null,
      },
    ],
  })
  expect(json.slots[0]?.deliveries).toEqual({ uncertain: 1, written: 2 })
  expect((await served.ask<{ slots: Slot[] }>('GET', `digests/${digest.id}/slots?state=missed`)).json).toMatchObject({
    total_count: 0,
    slots: [],
  })

  const all = await deliveriesOf(digest)
  expect(all.deliveries.map(({ recipient, state }) => `${recipient} ${state}`).sort()).toEqual([
    'a@example.com written',
    'b@example.com uncertain',
    'c@example.com written',
  ])
  expect((await deliveriesOf(digest, 'state=uncertain')).deliveries.map(({ recipient }) => recipient)).toEqual(['b@example.com'])
  expect((await deliveriesOf(digest, 'recipient=C@example.COM')).deliveries.map(({ recipient }) => recipient)).toEqual([
    'c@example.com',
  ])
  expect((await deliveriesOf(digest, 'slot=999999')).deliveries).toEqual([])
  const [first, second] = [await deliveriesOf(digest, 'per_page=2'), await deliveriesOf(digest, 'per_page=2&page=2')]
  expect([first.total_count, first.deliveries.length, second.deliveries.length]).toEqual([3, 2, 1])
  expect([...first.deliveries, ...second.deliveries]).toEqual(all.deliveries)
})

test('a delivery gives exactly the figures that were sent, and its mail as it was', async () => {
  const digest = await served.sent()
  const { id } = (await deliveriesOf(digest)).deliveries[0]!
  const { json } = await served.ask<{ snapshot: { sha256: string; edition: number; lens: string; figures: Snapshot } }>(
    'GET',
    `deliveries/${id}`,
  )
  const stored = await one<{ figures: Snapshot; sha256: string }>(
    served.database.pool,
    'select figures, sha256 from tidemark.snapshots where account_id = $1 and digest_id = $2',
    [served.desk.accountId, digest.id],
  )
  expect(json.snapshot).toEqual({ edition: 1, lens: '', sha256: stored.sha256, figures: stored.figures })
  expect(fingerprint(json.snapshot.figures)).toBe(stored.sha256)

  const conversations = String(json.snapshot.figures.totals.conversations_count.current.value)
  const text = await served.ask('GET', `deliveries/${id}/mail?format=text`)
  expect([text.status, text.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
  expect(text.text).toMatch(new RegExp(`New conversations +${conversations} `))
  const html = await served.ask('GET', `deliveries/${id}/mail`)
  expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(html.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(html.text).toContain(`>${conversations}</p>`)
  expect(html.text).toContain('src="data:image/png;base64,')
  expect(html.text).not.toContain('cid:')
})

test('nobody sees or touches what is another account’s, and plain agents nothing', async () => {
  const digest = await served.sent()
  const [delivery] = (await deliveriesOf(digest)).deliveries
  const { id: slot } = await slotOf(digest)
  const paths: ['GET' | 'POST' | 'DELETE', string, object?][] = [
    ['GET', `digests/${digest.id}/slots`],
    ['GET', `digests/${digest.id}/deliveries`],
    ['GET', `digests/${digest.id}/test_mails`],
    ['GET', `deliveries/${delivery?.id}`],
    ['GET', `deliveries/${delivery?.id}/mail`],
    ['POST', `deliveries/${delivery?.id}/resend`],
    ['POST', `deliveries/${delivery?.id}/resolve`, { outcome: 'delivered' }],
    ['DELETE', `deliveries/${delivery?.id}/link`],
    ['POST', `digests/${digest.id}/slots/${slot}/release`],
    ['POST', `digests/${digest.id}/slots/${slot}/skip`],
    ['POST', `digests/${digest.id}/slots/${slot}/rerun`],
  ]
  for (const [method, path, body] of paths) {
    expect([path, (await served.ask(method, path, body, served.neighbour)).status]).toEqual([path, 404])
    expect([path, (await served.ask(method, path, body, served.desk, served.desk.agents[1])).status]).toEqual([path, 403])
    const nowhere = path.replace(/(digests|deliveries)\/[^/]+/, '$1/nonsense')
    expect([nowhere, (await served.ask(method, nowhere, body)).status]).toEqual([nowhere, 404])
  }
  expect((await deliveriesOf(digest)).deliveries).toEqual([delivery])
})

test('a mail is sent again to one person: the same figures, its own row, and who asked for it', async () => {
  const digest = await served.sent({ recipients: ['a@example.com', 'b@example.com'] })
  const [before] = (await deliveriesOf(digest, 'recipient=a@example.com')).deliveries
  served.now = DUE + 3600
  const start = await lastAct()
  const { status, json: again } = await decide(before!, 'resend')
  expect([status, again]).toMatchObject([
    200,
    { copy: 2, state: 'queued', recipient: 'a@example.com', requested_by: served.desk.agents[0], created_at: isoOf(served.now) },
  ])
  expect((await slotOf(digest)).state).toBe('composed')
  expect(await decide(before!, 'resend')).toMatchObject({
    status: 409,
    json: { detail: expect.stringMatching('queued') as string },
  })
  const after = { delivery: again.id, digest_id: digest.id, copy: 2, of: before!.id }
  expect(await actsAfter(start)).toEqual([
    { ...own(DUE + 3600), action: 'delivery.resend', kind: 'delivery', id: null, before: null, after },
  ])

  expect(await served.deliver()).toMatchObject({ written: 1 })
  const rows = (await deliveriesOf(digest, 'recipient=a@example.com')).deliveries
  expect(rows.map(({ copy, state }) => [copy, state])).toEqual([
    [2, 'written'],
    [1, 'written'],
  ])
  const ids = await one<{ snapshots: number; messages: number }>(
    served.database.pool,
    `select count(distinct snapshot_id) as snapshots, count(distinct message_id) as messages
     from tidemark.deliveries where account_id = $1 and digest_id = $2 and recipient = 'a@example.com'`,
    [served.desk.accountId, digest.id],
  )
  expect(ids).toEqual({ snapshots: 1, messages: 2 })
  expect((await slotOf(digest)).state).toBe('done')
})

test('two who ask at once send one more copy; ten copies are the most', async () => {
  const digest = await served.sent()
  const [first] = (await deliveriesOf(digest)).deliveries
  const both = await Promise.all([decide(first!, 'resend'), decide(first!, 'resend')])
  expect(both.map(({ status }) => String(status)).sort()).toEqual(['200', '409'])
  const refuse = () =>
    run(
      served.database.pool,
      `update tidemark.deliveries set state = 'refused', next_attempt_at = null, finished_at = to_timestamp($2)
       where account_id = $1 and state = 'queued'`,
      [served.desk.accountId, DUE],
    )
  for (let copy = 3; copy <= 10; copy++) {
    await refuse()
    expect((await decide(first!, 'resend')).json).toMatchObject({ copy })
  }
  await refuse()
  expect(await decide(first!, 'resend')).toMatchObject({
    status: 422,
    json: { detail: expect.stringMatching('10 copies') as string },
  })
})

test('nothing is sent again to whoever wants no more of it', async () => {
  const digest = await served.sent()
  const [delivery] = (await deliveriesOf(digest)).deliveries
  for (const of of [0, digest.id]) {
    await run(
      served.database.pool,
      `insert into tidemark.suppressions (account_id, digest_id, address, reason, at) values ($1, $2, 'ana@example.com', 'unsubscribed', now())`,
      [served.desk.accountId, of],
    )
    expect(await decide(delivery!, 'resend')).toMatchObject({
      status: 422,
      json: { detail: expect.stringMatching('has unsubscribed') as string },
    })
    await run(served.database.pool, 'delete from tidemark.suppressions where account_id = $1', [served.desk.accountId])
  }
  expect((await deliveriesOf(digest)).total_count).toBe(1)
})

test('what is uncertain is settled by a person: it arrived, it did not, or it is sent again', async () => {
  const digest = await served.sent({ recipients: ['a@example.com', 'b@example.com', 'c@example.com'] })
  const of = async (recipient: string) => (await deliveriesOf(digest, `recipient=${recipient}`)).deliveries.at(-1) as Delivery
  for (const recipient of ['a@example.com', 'b@example.com', 'c@example.com']) await makeUncertain(recipient)
  await makeUncertain('a@example.com', DUE + 60)
  const arrived = await of('a@example.com')
  // It is about to be tried again by itself.
  expect((await decide(arrived, 'resend')).status).toBe(409)
  const start = await lastAct()
  for (let i = 0; i < 2; i++) {
    expect(await decide(arrived, 'resolve', { outcome: 'delivered' })).toMatchObject({
      status: 200,
      json: {
        state: 'sent',
        resolution: 'delivered',
        resolved_by: served.desk.agents[0],
        resolved_at: isoOf(DUE),
        next_attempt_at: null,
      },
    })
  }
  expect((await decide(arrived, 'resolve', { outcome: 'not_delivered' })).status).toBe(409)
  expect((await decide(arrived, 'resolve', { outcome: 'perhaps' })).status).toBe(422)
  expect(await decide(await of('b@example.com'), 'resolve', { outcome: 'not_delivered' })).toMatchObject({
    status: 200,
    json: { state: 'refused', resolution: 'not_delivered', error: expect.stringMatching('not arrived') as string },
  })
  const refused = await of('b@example.com')
  const shown = ({ id }: Delivery, state: string, resolution: string | null) => ({ delivery: id, digest_id: digest.id, state, resolution }) // prettier-ignore
  const resolved = { ...own(), action: 'delivery.resolve', kind: 'delivery', id: null }
  expect(await actsAfter(start)).toEqual([
    { ...resolved, before: shown(arrived, 'uncertain', null), after: shown(arrived, 'sent', 'delivered') },
    { ...resolved, before: shown(refused, 'uncertain', null), after: shown(refused, 'refused', 'not_delivered') },
  ])
  expect((await decide(await of('c@example.com'), 'resend')).json).toMatchObject({ copy: 2, state: 'queued' })
  expect(await of('c@example.com')).toMatchObject({ copy: 1, state: 'uncertain', resolution: 'sent_again' })
  served.now = DUE + 120
  expect(await served.deliver()).toMatchObject({ written: 1 })
  expect((await slotOf(digest)).deliveries).toEqual({ refused: 1, sent: 1, uncertain: 1, written: 1 })
})

test('a slot that is held is released or skipped, once and by one', async () => {
  const digest = await berlinDigest(served.database.pool, served.desk)
  await planDueDigests(served.database.pool, DUE)
  const hold = () =>
    run(served.database.pool, `update tidemark.digest_slots set state = 'held', decision = null where account_id = $1`, [
      served.desk.accountId,
    ])
  await hold()
  const { id } = await slotOf(digest)
  const start = await lastAct()
  const post = (what: string) => served.ask<Slot>('POST', `digests/${digest.id}/slots/${id}/${what}`)
  for (let i = 0; i < 2; i++) {
    expect(await post('skip')).toMatchObject({
      status: 200,
      json: { state: 'skipped', decision: 'skipped', decided_by: served.desk.agents[0], decided_at: isoOf(DUE) },
    })
  }
  expect(await post('release')).toMatchObject({ status: 409, json: { detail: expect.stringMatching('skipped') as string } })
  await hold()
  expect((await post('release')).json).toMatchObject({ state: 'waiting_for_data', decision: 'released' })
  expect(await composeDueDigests(served.database.pool, DUE)).toMatchObject({ composed: 1 })
  expect((await post('release')).json).toMatchObject({ state: 'composed', decision: 'released' })
  expect((await post('skip')).status).toBe(409)
  const slot = { ...own(), kind: 'slot', id }
  const was = { digest_id: digest.id, state: 'held', decision: null }
  const decided = (state: string, decision: string) => ({ digest_id: digest.id, state, decision })
  expect(await actsAfter(start)).toEqual([
    { ...slot, action: 'slot.skip', before: was, after: decided('skipped', 'skipped') },
    { ...slot, action: 'slot.release', before: was, after: decided('waiting_for_data', 'released') },
  ])
})

test('a period is run again for everybody: another edition, with figures of its own', async () => {
  const digest = await served.sent({ recipients: ['a@example.com', 'b@example.com'] })
  const { id } = await slotOf(digest)
  await run(
    served.database.pool,
    `insert into reporting_events (name, value, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
     values ('conversation_resolved', 60, $1, $2, $3, $4, '2026-03-04 12:00', now())`,
    [served.desk.accountId, served.desk.inboxes[0], served.desk.agents[0], served.desk.conversations[0]],
  )
  const post = (of = digest.id) => served.ask<Slot>('POST', `digests/${of}/slots/${id}/rerun`)
  const start = await lastAct()
  expect(await post()).toMatchObject({ status: 200, json: { decision: 'rerun', decided_by: served.desk.agents[0], editions: 1 } })
  expect((await post()).status).toBe(409)
  expect((await post(999_999)).status).toBe(404)
  const [before, after] = [{ digest_id: digest.id, state: 'done', editions: 1 }, { digest_id: digest.id, state: 'planned', editions: 2 }] // prettier-ignore
  expect(await actsAfter(start)).toEqual([{ ...own(), action: 'slot.rerun', kind: 'slot', id, before, after }])
  served.now = DUE + 7200
  expect(await composeDueDigests(served.database.pool, served.now)).toMatchObject({ composed: 1 })
  expect(await served.deliver()).toMatchObject({ written: 2 })
  expect(await slotOf(digest)).toMatchObject({ state: 'done', editions: 2, deliveries: { written: 4 } })
  const { deliveries } = await deliveriesOf(digest)
  expect(deliveries.map(({ edition, copy, requested_by }) => [edition, copy, requested_by])).toEqual([
    [2, 1, served.desk.agents[0]],
    [2, 1, served.desk.agents[0]],
    [1, 1, null],
    [1, 1, null],
  ])
  const resolutions = async (delivery?: Delivery) => {
    const { json } = await served.ask<{ snapshot: { figures: Snapshot } }>('GET', `deliveries/${delivery?.id}`)
    return json.snapshot.figures.totals.resolutions_count.current.value ?? NaN
  }
  expect(await resolutions(deliveries[0])).toBe((await resolutions(deliveries[3])) + 1)
  // Sent again, the first edition is still the first edition.
  expect((await decide(deliveries[3]!, 'resend')).json).toMatchObject({ edition: 1, copy: 2 })
})

test('test mails are listed apart from deliveries', async () => {
  const digest = await berlinDigest(served.database.pool, served.desk)
  await sendTestMail(served.database.pool, digest, { to: 'me@example.com', requestedBy: null }, DUE, served.route)
  expect((await deliveriesOf(digest)).total_count).toBe(0)
  const { json } = await served.ask<object>('GET', `digests/${digest.id}/test_mails`)
  expect(json).toMatchObject({
    total_count: 1,
    test_mails: [{ recipient: 'me@example.com', period: { first_date: WEEK }, state: 'written', at: isoOf(DUE) }],
  })
})

test('lists refuse what they do not know, and say what to give', async () => {
  const digest = await berlinDigest(served.database.pool, served.desk)
  for (const query of ['state=gone', 'slot=x', 'page=0', 'per_page=101', 'colour=red', 'recipient=%00']) {
    const { status, json } = await served.ask<object>('GET', `digests/${digest.id}/deliveries?${query}`)
    expect([query, status, json.detail]).toEqual([query, 422, expect.stringMatching(/must|is no|no parameter/)])
  }
})
