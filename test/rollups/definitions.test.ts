// A release that counts a metric otherwise runs beside one that does not yet: each answers by its own definition, exactly, from
// the first moment on, whoever rolled what. The newer release is this one's sources with one metric changed.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, run } from '../../src/db.ts'
import * as reports from '../../src/reports/reading.ts'
import * as backfills from '../../src/rollups/backfill/backfill.ts'
import { changedSince, DEFINITIONS, definitionsOf, isNewer, lowestOf } from '../../src/rollups/definitions/definitions.ts'
import * as following from '../../src/rollups/definitions/follow-definitions.ts'
import * as judging from '../../src/rollups/definitions/outdated.ts'
import * as rolling from '../../src/rollups/rolling/roll-dirty.ts'
import * as running from '../../src/rollups/backfill/run-backfill.ts'
import { CLOSED, createDeskDatabase, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { changedSources } from '../support/changed-sources.ts'
import { newerDefinition } from '../support/newer-definition.ts'
import { backlog } from '../support/recompute.ts'

const DAY = 86_400
const NOW = CLOSED - 1800
const BEGAN = CLOSED - 60 * DAY
/** Kolkata's clock hours begin at half past. */
const END = CLOSED + 1800
const TODAY = Date.parse('2026-03-09T18:30:00Z') / 1000

interface Release {
  reading: typeof reports.reading
  followDefinitions: typeof following.followDefinitions
  takeBackDefinitions: typeof following.takeBackDefinitions
  rolledOtherwise: typeof following.rolledOtherwise
  outdatedOf: typeof judging.outdatedOf
  rollDirty: typeof rolling.rollDirty
  runBackfill: typeof running.runBackfill
  /** Which messages it counts as sent. */
  counted: string
}

const older: Release = { ...reports, ...following, ...judging, ...rolling, ...running, counted: 'message_type = 1' }
const copy = changedSources(newerDefinition)
let newer: Release

let db: TestDatabase
let desk: Desk
beforeAll(async () => {
  db = await createDeskDatabase()
  newer = {
    ...(await copy.load<typeof reports>('src/reports/reading.ts')),
    ...(await copy.load<typeof following>('src/rollups/definitions/follow-definitions.ts')),
    ...(await copy.load<typeof judging>('src/rollups/definitions/outdated.ts')),
    ...(await copy.load<typeof rolling>('src/rollups/rolling/roll-dirty.ts')),
    ...(await copy.load<typeof running>('src/rollups/backfill/run-backfill.ts')),
    counted: 'message_type = 1 and sender_id % 2 = 0',
  }
})
afterAll(async () => {
  copy.remove()
  await db.drop()
})
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  desk = await openDesk(db.pool, 'Asia/Kolkata')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 300, BEGAN, CLOSED - 7200))
  await backfill(older)
})
afterEach(async () => {
  vi.useRealTimers()
  await run(db.pool, 'delete from tidemark.accounts where account_id = $1', [desk.accountId])
})

async function backfill(release: Release, since = -Infinity, until = Infinity, options: running.RunOptions = {}) {
  const { id } = await backfills.requestBackfill(db.pool, { accountId: desk.accountId, since, until, reason: 'test' })
  return release.runBackfill(db.pool, desk.accountId, id, options)
}

/** Messages sent as a release tells them, which must be what it counts from the raw rows; returns what it told them from. */
async function source(release: Release, since = BEGAN - DAY + 1800, until = END): Promise<string> {
  const { accountId } = desk
  const told = await release.reading(db.pool, accountId, async (read) => {
    const asked = { dimension: 'account', since, until, metrics: ['outgoing_messages_count'] } as const
    const [row] = await read.totals(asked)
    return { value: row?.figures.outgoing_messages_count.value, source: read.source }
  })
  const { value } = await one<{ value: number }>(
    db.pool,
    `select count(*) as value from messages where account_id = $1 and created_at >= to_timestamp($2) at time zone 'UTC'
       and created_at < to_timestamp($3) at time zone 'UTC' and ${release.counted}`,
    [accountId, since, until],
  )
  expect(value).toBeGreaterThan(0)
  expect(told.value).toBe(value)
  return told.source
}

/** What the newer release finds rolled by older definitions. */
const outdatedNow = async () =>
  (await newer.outdatedOf(db.pool, [desk.accountId])).get(desk.accountId) ?? { spans: [], changed: [] }

const sources = async (since?: number, until?: number) => ({
  older: await source(older, since, until),
  newer: await source(newer, since, until),
})

const write = (at: number) => writeHistory(db.pool, desk, 8, at, at + 3600)

test('both are exact before, during and after the newer one rolls the account anew', async () => {
  const { accountId } = desk
  expect(await sources()).toEqual({ older: 'rollup', newer: 'raw' })
  await write(CLOSED - 20 * DAY)
  await write(TODAY)
  expect(await sources()).toEqual({ older: 'mixed', newer: 'raw' })

  expect(await newer.followDefinitions(db.pool, accountId, NOW)).toEqual(['outgoing_messages_count'])
  expect(await newer.followDefinitions(db.pool, accountId, NOW)).toEqual([])
  expect(await sources(undefined, TODAY)).toEqual({ older: 'raw', newer: 'raw' })
  await sources()
  const outdated = await outdatedNow()
  expect(outdated.changed).toEqual(['outgoing_messages_count'])
  expect(outdated.spans).toEqual([{ from: -Infinity, until: TODAY }])

  // The older one leaves the marks to the newer, which rolls the present at once.
  const marks = await backlog(db.pool)
  expect(await older.rollDirty(db.pool, accountId, undefined, NOW)).toEqual({ hours: 0, failed: 0 })
  expect(await backlog(db.pool)).toBe(marks)
  await newer.rollDirty(db.pool, accountId, undefined, NOW)
  expect(await backlog(db.pool)).toBe(0)
  expect(await sources(TODAY, END)).toEqual({ older: 'raw', newer: 'rollup' })

  // Part of it, beside writes; stopped after a chunk, and gone on with.
  const queued = await backfill(older, CLOSED - 30 * DAY, CLOSED - 5 * DAY)
  expect(queued).toMatchObject({ state: 'queued', hoursDone: 0 })
  const stop = new AbortController()
  const stopped = await newer.runBackfill(db.pool, accountId, queued.id, {
    signal: stop.signal,
    onProgress: async () => {
      stop.abort()
      await write(CLOSED - 10 * DAY)
      expect(await sources()).toEqual({ older: 'raw', newer: 'mixed' })
    },
  })
  expect(stopped.state).toBe('running')
  await newer.runBackfill(db.pool, accountId, queued.id, { onProgress: async () => void (await sources()) })
  expect(await sources()).toEqual({ older: 'raw', newer: 'mixed' })
  expect((await outdatedNow()).spans.map((span) => span.until)).toEqual([
    expect.closeTo(CLOSED - 30 * DAY, -6),
    expect.closeTo(CLOSED, -6),
  ])

  await backfill(newer)
  await newer.rollDirty(db.pool, accountId, undefined, NOW)
  expect(await outdatedNow()).toEqual({ spans: [], changed: [] })
  expect(await sources()).toEqual({ older: 'raw', newer: 'rollup' })
})

test('who looks or rolls first makes no difference: a roll or a backfill of the newer one goes over to its definitions', async () => {
  const { accountId } = desk
  await write(TODAY)
  await newer.rollDirty(db.pool, accountId, undefined, NOW)
  expect(await sources()).toEqual({ older: 'raw', newer: 'mixed' })
  await backfill(newer, CLOSED - 10 * DAY, CLOSED - 2 * DAY)
  expect(await sources(END - 9 * DAY, END - 3 * DAY)).toEqual({ older: 'raw', newer: 'rollup' })
  expect((await outdatedNow()).changed).toEqual(['outgoing_messages_count'])
})

test('after going back for good, the older release takes the account back when it is told to, and not before', async () => {
  const { accountId } = desk
  await newer.followDefinitions(db.pool, accountId, NOW)
  await newer.rollDirty(db.pool, accountId, undefined, NOW)
  const changed = ['outgoing_messages_count']
  expect(await older.rolledOtherwise(db.pool)).toEqual([{ accountId, isNewer: true, changed }])
  await expect(older.followDefinitions(db.pool, accountId, NOW)).rejects.toThrow('newer release')
  expect(await older.takeBackDefinitions(db.pool, accountId, byCommand(NOW))).toEqual(changed)
  const acts = await many(db.pool, `select actor_kind, after from tidemark.audit_log where action = 'rollup.take_back'`)
  expect(acts).toEqual([{ actor_kind: 'command', after: { changed_metrics: changed } }])
  expect(await sources(undefined, TODAY)).toEqual({ older: 'raw', newer: 'raw' })
  await backfill(older)
  await older.rollDirty(db.pool, accountId, undefined, NOW)
  expect(await sources()).toEqual({ older: 'rollup', newer: 'raw' })
  expect(await older.rolledOtherwise(db.pool)).toEqual([])
})

test('where raw rows are gone, rows of an older definition stay: they are all there is', async () => {
  const { accountId } = desk
  const since = Date.parse('2026-01-31T18:30:00Z') / 1000
  const before = await one<{ sent: number }>(
    db.pool,
    'select sum(outgoing_messages) as sent from tidemark.rollup_hourly where account_id = $1 and dimension = 0 and bucket < to_timestamp($2)',
    [accountId, since],
  )
  await run(db.pool, 'update tidemark.accounts set raw_since = to_timestamp($2) where account_id = $1', [accountId, since])
  const told = () =>
    newer.reading(db.pool, accountId, async (read) => {
      const asked = { dimension: 'account', since: since - 24 * DAY, until: since, metrics: ['outgoing_messages_count'] } as const
      const [row] = await read.totals(asked)
      return row?.figures.outgoing_messages_count.value
    })
  expect(await told()).toBe(before.sent)
  await newer.followDefinitions(db.pool, accountId, NOW)
  expect(await told()).toBe(before.sent)
  expect((await outdatedNow()).spans[0]?.from).toBe(since)
})

test('a new account is of the definitions of who rolls it first', async () => {
  const other = await openDesk(db.pool, 'UTC')
  await writeHistory(db.pool, other, 3)
  await newer.rollDirty(db.pool, other.accountId, undefined, NOW)
  const rows = await many<{ definitions: string }>(db.pool, 'select definitions from tidemark.accounts where account_id = $1', [
    other.accountId,
  ])
  expect(rows).toEqual([{ definitions: '1 outgoing_messages_count=2' }])
})

test('definitions say which versions they are, and tell what changed and which are newer', () => {
  expect(DEFINITIONS).toBe('1')
  expect(definitionsOf({ b: 2, a: 3, c: 1 })).toBe('1 a=3 b=2')
  expect(changedSince('1 a=2', '1 a=3 b=2')).toEqual(['a', 'b'])
  expect(changedSince('1 a=3', '1 a=3')).toEqual([])
  expect([isNewer('1 a=2', '1 a=3'), isNewer('1 a=3', '1 a=2'), isNewer('1', '1 a=2'), isNewer('1 x=2', '1 a=9')]).toEqual([
    false,
    true,
    false,
    true,
  ])
  expect(lowestOf('1 a=2 b=3', '1 a=3')).toBe('1 a=2')
})
