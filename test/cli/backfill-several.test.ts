// Backfills of several accounts at one command line, run as somebody runs them; and what is done to one under a key.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMAND } from '../../src/audit/actor.ts'
import { many, run } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { controlBackfill } from '../../src/rollups/backfill/control-backfill.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory } from '../support/desk.ts'

let db: TestDatabase
const ids: number[] = []
beforeAll(async () => {
  db = await createDeskDatabase()
  for (let i = 0; i < 3; i++) {
    const desk = await openDesk(db.pool, 'UTC')
    await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 5, OPENED))
    ids.push(desk.accountId)
  }
})
afterAll(() => db.drop())

const command = (...args: string[]) =>
  tidemark(['--json', 'backfill', ...args], { DATABASE_URL: db.url, TIDEMARK_CLOCK: new Date(CLOSED * 1000).toISOString() })
const range = ['--since', '2026-02-24', '--until', '2026-03-10']
const underWay = () =>
  many<{ account: number; concurrency: number | null }>(
    db.pool,
    `select account_id as account, concurrency from tidemark.backfills where state in ('queued', 'running', 'paused') order by 1`,
  )

test(
  'start: a backfill each; who is refused holds up no other, and the same again under its key is these',
  { timeout: 120_000 },
  async () => {
    const [first, second, third] = ids as [number, number, number]
    const { id: standing } = await requestBackfill(db.pool, { accountId: second, since: 0, until: OPENED, reason: 'another' })
    const start = ['start', '--account', `${first},${second},999,${third}`, ...range, '--concurrency', '2', '--reason', 'all']
    const unsure = await command(...start)
    expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringContaining('This rolls 4 accounts anew')])
    const { code, stdout, stderr } = await command(...start, '--yes', '--key', 'night-7')
    const told = JSON.parse(stdout) as { id?: number }[]
    expect([code, told]).toEqual([
      4,
      [
        { id: expect.any(Number) as number, account_id: first },
        { account_id: second, refused: { code: 'conflict', detail: expect.stringContaining(`Backfill ${standing} `) as string } },
        { account_id: 999, refused: { code: 'not_found', detail: 'There is no account 999 here.' } },
        { id: expect.any(Number) as number, account_id: third },
      ],
    ])
    expect(stderr.split('\n').map((line) => line.split(':')[0])).toEqual([`account ${second}`, 'account 999', ''])
    expect(await underWay()).toEqual([
      { account: first, concurrency: 2 },
      { account: second, concurrency: null },
      { account: third, concurrency: 2 },
    ])
    await run(db.pool, `update tidemark.backfills set state = 'cancelled', finished_at = now()`)
    const again = await command(...start, '--yes', '--key', 'night-7')
    const same = JSON.parse(again.stdout) as { id?: number }[]
    // The one that was refused is started now; a request that was refused left no key.
    expect([again.code, same[0]!.id, same[1]!.id, same[3]!.id]).toEqual([1, told[0]!.id, expect.any(Number), told[3]!.id])
    expect((await underWay()).map(({ account }) => account)).toEqual([second])
    await run(db.pool, `delete from tidemark.backfills`)
  },
)

test('run: all accounts, two at a time, each with its result', { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await command('--account', 'all', ...range, '--concurrency', '2', '--reason', 'all', '--yes')
  const told = JSON.parse(stdout) as object[]
  expect([code, told]).toMatchObject([
    0,
    ids.map((account_id) => ({ account_id, state: 'completed', concurrency: 2, progress: { hours_done: 336 } })),
  ])
  for (const id of ids) expect(stderr).toContain(`Verification of account ${id} 100 %`)
})

test(
  'plan: one each, with a command that has the concurrency; the text of a plan goes with its account alone',
  { timeout: 120_000 },
  async () => {
    const [first, second] = ids as [number, number]
    const env = { DATABASE_URL: db.url, TIDEMARK_CLOCK: new Date(CLOSED * 1000).toISOString() }
    const plan = ['backfill', 'plan', '--account', `${first},${second}`, ...range, '--concurrency', '3']
    const { code, stdout } = await tidemark(plan, env)
    expect(code).toBe(0)
    const commands = stdout.split('\n').filter((line) => line.startsWith('tidemark backfill start'))
    expect(commands.map((line) => line.split(' --since')[0])).toEqual(
      [first, second].map((id) => `tidemark backfill start --account ${id}`),
    )
    expect(commands.every((line) => line.includes(' --concurrency 3 '))).toBe(true)
    const text = / --plan (\S+)/.exec(commands[0]!)![1]!
    const wrong = await command('start', '--account', `${first},${second}`, ...range, '--reason', 'x', '--yes', '--plan', text)
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('A plan is of one account')])
  },
)

test('what is done under a key is done once, whatever became of it since', { timeout: 120_000 }, async () => {
  const { id } = await requestBackfill(db.pool, { accountId: ids[0]!, since: OPENED, until: CLOSED, reason: 'held' })
  const pause = ['pause', String(id), '--reason', 'month end', '--key', 'hold-1']
  expect(JSON.parse((await command(...pause)).stdout)).toMatchObject({ id, state: 'paused' })
  await controlBackfill(db.pool, ids[0]!, id, 'resume', { actor: COMMAND, at: CLOSED })
  expect(JSON.parse((await command(...pause)).stdout)).toMatchObject({ id, state: 'queued' })
  const other = await command('cancel', String(id), '--key', 'hold-1')
  expect([other.code, other.stderr]).toEqual([4, expect.stringContaining('was used for another request')])
  const acts = await many<{ action: string }>(
    db.pool,
    `select action from tidemark.audit_log where subject_id = $1 and action <> 'backfill.start' order by id`,
    [id],
  )
  expect(acts.map(({ action }) => action)).toEqual(['backfill.pause', 'backfill.resume'])
})
