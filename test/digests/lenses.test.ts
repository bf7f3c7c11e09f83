import { byCommand } from '../../src/audit/change.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { one, run } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { previewSnapshot } from '../../src/digests/composing/preview.ts'
import { setPolicy } from '../../src/digests/audience/policy.ts'
import type { Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, openBerlin, rollDesk, type Given } from './desk.ts'
import { deliveriesOf, slotsOf, snapshotsOf } from './slots.ts'

let database: TestDatabase
let desk: Desk
let other: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 80)
  other = await openBerlin(database.pool, 10)
  await rollDesk(database.pool, desk)
})
afterEach(async () => {
  await run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId])
  await run(database.pool, 'delete from tidemark.suppressions where account_id = $1', [desk.accountId])
  await run(database.pool, 'delete from tidemark.recipient_policies where account_id = $1', [desk.accountId])
  await run(database.pool, 'delete from team_members where user_id = any ($1)', [desk.agents])
})
afterAll(() => database.drop())

async function composed(input: Given): Promise<Digest> {
  const digest = await berlinDigest(database.pool, desk, input)
  await planDueDigests(database.pool, DUE)
  await composeDueDigests(database.pool, DUE)
  return digest
}

const join = (user: number, ...teams: number[]) =>
  run(
    database.pool,
    'insert into team_members (user_id, team_id, created_at, updated_at) select $1, unnest($2::bigint[]), now(), now()',
    [user, teams],
  )
const address = async (user: number) => {
  const email = `user${user}@example.com`
  await run(database.pool, 'update users set email = $2 where id = $1', [user, email])
  return email
}
const conversations = (snapshot: Snapshot) => snapshot.totals.conversations_count.current.value as number
/** What each recipient is sent, or why not. */
async function sent(digest: Digest): Promise<Record<string, Snapshot | string>> {
  const stored = new Map((await snapshotsOf(database.pool, digest)).map(({ id, snapshot }) => [id, snapshot]))
  const rows = await deliveriesOf(database.pool, digest)
  return Object.fromEntries(
    rows.map(({ recipient, snapshotId, state, error }) => [
      recipient,
      snapshotId === null ? `${state}: ${error}` : stored.get(snapshotId)!,
    ]),
  )
}

test('each lead is sent his own teams from one digest, and those with the same lens the same snapshot', async () => {
  const [one, two, three] = desk.agents as [number, number, number]
  const [a, b, c] = desk.teams as [number, number, number]
  await join(one, a)
  await join(two, b, c)
  await join(three, a)
  // A team of another account is none of his here.
  await join(three, other.teams[0]!)
  const people = [await address(one), await address(two), await address(three)]
  const digest = await composed({
    recipients: ['boss@example.com', ...[one, two, three].map((userId) => ({ userId, lens: 'own_teams' as const }))],
  })
  const mails = (await sent(digest)) as Record<string, Snapshot>
  const [whole, first, second, third] = ['boss@example.com', ...people].map((who) => mails[who]!) as [
    Snapshot,
    Snapshot,
    Snapshot,
    Snapshot,
  ]
  expect(third).toEqual(first)
  expect((await snapshotsOf(database.pool, digest)).map(({ lens }) => lens)).toEqual([
    '',
    `{"team":[${a}]}`,
    `{"team":[${b},${c}]}`,
  ])
  expect(whole.scope).toEqual([])
  expect(second.scope).toEqual([
    { dimension: 'team', id: b, name: `teams ${b}` },
    { dimension: 'team', id: c, name: `teams ${c}` },
  ])
  expect(first.tables.teams.map(({ id }) => id)).toEqual([a])
  // An idle team is named all the same; agents, inboxes and labels are those that have something to do with it.
  expect(second.tables.teams.map(({ id }) => id)).toEqual([b, c])
  for (const table of ['agents', 'inboxes', 'labels'] as const) {
    const listed = first.tables[table].reduce((sum, row) => sum + (row.figures.conversations_count.current.value ?? 0), 0)
    if (table !== 'labels') expect(listed).toBe(conversations(first))
  }
  const without = whole.tables.teams.find(({ id }) => id === 0)?.figures.conversations_count.current.value ?? 0
  expect(conversations(first) + conversations(second) + without).toBe(conversations(whole))
  expect(conversations(first)).toBeGreaterThan(0)
  // All of one moment, and one edition.
  expect(new Set([whole, first, second].map(({ data }) => data.takenAt.at)).size).toBe(1)
})

test('an agent is sent his own figures, and ids that are named for an address', async () => {
  const agent = desk.agents[1]!
  const digest = await composed({
    recipients: [
      { userId: agent, lens: 'own' },
      { address: 'vendor@example.com', lens: { inbox: [desk.inboxes[0]!] } },
    ],
  })
  await address(agent)
  await run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId])
  const again = await composed({
    recipients: [
      { userId: agent, lens: 'own' },
      { address: 'vendor@example.com', lens: { inbox: [desk.inboxes[0]!] } },
    ],
  })
  // Without an address he was not sent anything, and the slot says so.
  expect(await deliveriesOf(database.pool, digest)).toEqual([])
  const mails = (await sent(again)) as Record<string, Snapshot>
  expect(mails[`user${agent}@example.com`]!.tables.agents.map(({ id }) => id)).toEqual([agent])
  expect(mails['vendor@example.com']!.tables.inboxes.map(({ id }) => id)).toEqual([desk.inboxes[0]])
})

test('a lens shows no more than the digest’s filter leaves', async () => {
  const [x, y, z] = desk.inboxes as [number, number, number]
  const digest = await composed({
    filter: { inbox: [x, y] },
    recipients: [
      { address: 'both@example.com', lens: { inbox: [y, z] } },
      { address: 'all@example.com', lens: { inbox: [z, y, x, x] } },
      { address: 'plain@example.com', lens: 'all' },
      { address: 'none@example.com', lens: { inbox: [z] } },
      { address: 'team@example.com', lens: { team: [desk.teams[0]!] } },
    ],
  })
  const mails = await sent(digest)
  const scope = (who: string) => (mails[who] as Snapshot).scope.map(({ dimension, id }) => `${dimension} ${id}`)
  expect(scope('both@example.com')).toEqual([`inbox ${y}`])
  expect(scope('team@example.com')).toEqual([`inbox ${x}`, `inbox ${y}`, `team ${desk.teams[0]}`])
  expect(mails['all@example.com']).toEqual(mails['plain@example.com'])
  expect(mails['none@example.com']).toBe('skipped: the lens leaves nothing of what the digest is about')
  expect(await snapshotsOf(database.pool, digest)).toHaveLength(3)
})

test('who is in no team, has left, or may not be sent it holds up nobody, and the ledger says why', async () => {
  const [idle, gone] = desk.agents as [number, number]
  const idles = await address(idle)
  const digest = await berlinDigest(database.pool, desk, {
    recipients: [
      { userId: idle, lens: 'own_teams' },
      { userId: gone, lens: 'own' },
      'left@example.com',
      'foreign@elsewhere.org',
      'ana@example.com',
    ],
  })
  await run(database.pool, 'delete from account_users where account_id = $1 and user_id = $2', [desk.accountId, gone])
  await run(
    database.pool,
    `insert into tidemark.suppressions (account_id, digest_id, address, reason, at) values ($1, 0, 'left@example.com', 'unsubscribed', now())`,
    [desk.accountId],
  )
  await setPolicy(
    database.pool,
    desk.accountId,
    { external: true, domains: ['example.com'], mostRecipients: 1000 },
    { ...byCommand(DUE), reason: 'a test' },
  )
  await planDueDigests(database.pool, DUE)
  expect(await composeDueDigests(database.pool, DUE)).toMatchObject({ composed: 1, failed: 0 })
  expect(await sent(digest)).toMatchObject({
    [idles]: 'skipped: this user is in no team of the account',
    'left@example.com': expect.stringContaining('suppressed: ') as string,
    'foreign@elsewhere.org': expect.stringContaining('skipped: ') as string,
    'ana@example.com': { version: 2, scope: [] },
  })
  expect(await slotsOf(database.pool, digest)).toMatchObject([
    { state: 'composed', note: `not sent to who has left the account or has no address: user ${gone}` },
  ])
  await run(
    database.pool,
    `insert into account_users (account_id, user_id, created_at, updated_at) values ($1, $2, '2025-01-01', now())`,
    [desk.accountId, gone],
  )
})

test('a slot of which nothing is to be sent is done at once', async () => {
  const digest = await composed({ recipients: [{ userId: desk.agents[0]!, lens: 'own_teams' }] })
  expect(await slotsOf(database.pool, digest)).toMatchObject([{ state: 'done', editions: 1 }])
})

test('a preview shows a viewer what he would be sent, and what he was sent', async () => {
  const agent = desk.agents[2]!
  await address(agent)
  await join(agent, desk.teams[1]!)
  const digest = await berlinDigest(database.pool, desk, { recipients: [{ userId: agent, lens: 'own_teams' }] })
  const viewer = { lens: 'own_teams', userId: agent } as const
  const before = await previewSnapshot(database.pool, digest, DUE, '2026-03-02', viewer)
  await planDueDigests(database.pool, DUE)
  await composeDueDigests(database.pool, DUE)
  expect(Object.values(await sent(digest))).toEqual([before])
  const { id } = await one<{ id: number }>(
    database.pool,
    `insert into conversations (account_id, inbox_id, team_id, display_id, created_at, updated_at)
     values ($1, $2, $3, 900001, '2026-03-03', now()) returning id`,
    [desk.accountId, desk.inboxes[0], desk.teams[1]],
  )
  expect(await previewSnapshot(database.pool, digest, DUE, '2026-03-02', viewer)).toEqual(before)
  await run(database.pool, 'delete from conversations where id = $1', [id])
  await rollDesk(database.pool, desk)
  await expect(
    previewSnapshot(database.pool, digest, DUE, undefined, { lens: 'own_teams', userId: desk.agents[3]! }),
  ).rejects.toMatchObject({
    status: 422,
  })
})
