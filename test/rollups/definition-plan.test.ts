// Where rows are of other definitions, whoever looks is told so, by letter and by word, and is offered the backfill that rolls them
// anew: over HTTP as a body to send, at the command line as a command to paste. Both do just that, and roll nothing else.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { run } from '../../src/db.ts'
import type { PlanJson } from '../../src/rollups/backfill/plan-json.ts'
import type { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { startBackfill } from '../../src/rollups/backfill/start-backfill.ts'
import * as following from '../../src/rollups/definitions/follow-definitions.ts'
import * as states from '../../src/rollups/freshness/ledger.ts'
import type * as freshness from '../../src/rollups/freshness/status.ts'
import { statusJson } from '../../src/rollups/freshness/status-json.ts'
import * as rolling from '../../src/rollups/rolling/roll-dirty.ts'
import { serve } from '../http/desk.ts'
import { changedSources } from '../support/changed-sources.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory } from '../support/desk.ts'
import { newerDefinition } from '../support/newer-definition.ts'
import { backfillAll } from '../support/rolled-rows.ts'

const NOW = CLOSED - 1800
const copy = changedSources(newerDefinition)
const changed = ['outgoing_messages_count']

let db: TestDatabase
let accountId: number
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(async () => {
  copy.remove()
  await db.drop()
})
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  const desk = await openDesk(db.pool, 'UTC')
  accountId = desk.accountId
  await withoutMarks(db.pool, accountId, (tx) => writeHistory(tx, desk, 30, OPENED, NOW))
  await backfillAll(db.pool, accountId)
  return async () => {
    vi.useRealTimers()
    await run(db.pool, 'delete from tidemark.accounts where account_id = $1', [accountId])
  }
})

/** The days from the first of the history to the one before today, which went over at once. */
const PAST = 13
const gridOf = async ({ ledgerOf }: typeof states) => {
  const { counts } = await ledgerOf(db.pool, { accountId, since: OPENED, until: NOW }, NOW)
  return { stale: counts.days.outdated, fine: counts.days.ok + counts.days.verified }
}

async function load() {
  const from = <M>(path: string) => copy.load<M>(`src/rollups/${path}`)
  return {
    ...(await from<typeof following>('definitions/follow-definitions.ts')),
    ...(await from<typeof states>('freshness/ledger.ts')),
    ...(await from<typeof freshness>('freshness/status.ts')),
    ...(await from<typeof rolling>('rolling/roll-dirty.ts')),
    ...(await from<{ runBackfill: typeof runBackfill }>('backfill/run-backfill.ts')),
  }
}

/** Rolls with the newer release what no release, or an older one, has rolled. */
async function rollMissing(newer: Awaited<ReturnType<typeof load>>) {
  const request = { accountId, since: -Infinity, until: Infinity, mode: 'missing' as const, reason: 'test' }
  const { backfill } = await startBackfill(db.pool, request, byCommand(NOW))
  return newer.runBackfill(db.pool, accountId, backfill.id)
}

test('a newer release tells what older ones rolled, and a backfill of what is missing rolls just that', async () => {
  const newer = await load()
  const told = async () => statusJson((await newer.rollupStatus(db.pool, NOW, accountId))[0]!)
  expect(await newer.followDefinitions(db.pool, accountId, NOW)).toEqual(changed)
  await newer.rollDirty(db.pool, accountId, undefined, NOW)
  expect(await told()).toMatchObject({
    outdated: [{ since: null, until: '2026-03-09T00:00:00Z' }],
    changed_metrics: changed,
    plan: { account_id: accountId, mode: 'missing' },
  })
  expect(await gridOf({ ...states, ...newer })).toEqual({ stale: PAST, fine: 1 })

  const done = await rollMissing(newer)
  expect(done).toMatchObject({ state: 'completed', daysDone: PAST })
  expect(await gridOf({ ...states, ...newer })).toEqual({ stale: 0, fine: PAST + 1 })
})

test('what is offered works as it is told, over HTTP and at the command line', { timeout: 120_000 }, async () => {
  // Rolled by a newer release, and taken back for good: then it is this one that finds rows of other definitions.
  const newer = await load()
  await newer.followDefinitions(db.pool, accountId, NOW)
  await rollMissing(newer)
  expect(await following.takeBackDefinitions(db.pool, accountId, byCommand(NOW))).toEqual(changed)
  await rolling.rollDirty(db.pool, accountId, undefined, NOW)

  const { text } = await createToken(
    db.pool,
    accountId,
    { name: 'admin', role: 'administrator', userId: null, expiresAt: null },
    byCommand(NOW),
  )
  const app = serve(db.pool, { clock: () => NOW })
  const ask = async <T>(method: 'GET' | 'POST', path: string, payload?: object) => {
    const answer = await app.inject({
      method,
      url: `/api/v1/admin/${path}`,
      headers: { api_access_token: text },
      ...(payload && { payload }),
    })
    expect({ path, status: answer.statusCode }).toEqual({ path, status: 200 })
    return answer.json<T>()
  }
  const status = async () =>
    (await ask<{ accounts: { plan: object | null; changed_metrics: string[] }[] }>('GET', 'rollups/status')).accounts
  const [told] = await status()
  expect(told).toMatchObject({ outdated: [{ since: null, until: '2026-03-09T00:00:00Z' }], changed_metrics: changed })
  const plan = await ask<PlanJson>('POST', 'backfills', told!.plan!)
  expect(plan).toMatchObject({ mode: 'missing', roll: { days: PAST }, states: { days: { outdated: PAST } } })

  const env = { DATABASE_URL: db.url, TIDEMARK_CLOCK: new Date(NOW * 1000).toISOString() }
  const { stdout } = await tidemark(['rollup', 'status'], env)
  const [, pasted] = /: tidemark (.*)$/m.exec(stdout)!
  const planned = await tidemark(['--json', ...pasted!.split(' ')], env)
  expect({ code: planned.code, ...(JSON.parse(planned.stdout) as object) }).toMatchObject({
    code: 0,
    account_id: accountId,
    mode: 'missing',
    roll: plan.roll,
  })
  const grid = await tidemark(['rollup', 'grid', '--account', String(accountId), '--since', '2026-03-01'], env)
  expect(grid.stdout).toMatch(/^2026-03 {2}sssssssso$/m)
  expect(grid.stdout).toContain('days: s stale definition 8 · o ok 1')

  await backfillAll(db.pool, accountId)
  expect((await status()).map((one) => [one.changed_metrics, one.plan])).toEqual([[[], null]])
  expect((await tidemark(['rollup', 'status'], env)).stdout).not.toContain('definitions')
  await app.close()
})
