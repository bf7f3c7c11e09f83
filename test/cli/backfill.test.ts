// The verbs of backfills, run as somebody runs them who watches over an installation: what they print, and their exit codes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planDigests } from '../../jobs/plan-digests.ts'
import { byCommand } from '../../src/audit/change.ts'
import { many } from '../../src/db.ts'
import { setPolicy } from '../../src/digests/audience/policy.ts'
import type { JobContext } from '../../src/job.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'

let db: TestDatabase
let desk: Desk
beforeAll(async () => {
  db = await createDeskDatabase()
  desk = await openDesk(db.pool, 'UTC')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 5, OPENED))
})
afterAll(() => db.drop())

const command = (...args: string[]) =>
  tidemark(args, { DATABASE_URL: db.url, TIDEMARK_CLOCK: new Date(CLOSED * 1000).toISOString() })
const asked = () => ['--account', String(desk.accountId), '--since', '2026-02-24', '--until', '2026-03-10', '--mode', 'missing']

test('a plan is told, and nothing is written', async () => {
  const { code, stdout } = await command('--json', 'backfill', 'plan', ...asked())
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ account_id: desk.accountId, mode: 'missing', roll: { days: 14, hours: 336 } })
  expect(await many(db.pool, 'select id from tidemark.backfills')).toEqual([])
})

test(
  'start returns at once, the same again is that one, another is a conflict; pause, resume and cancel',
  { timeout: 180_000 },
  async () => {
    const start = ['backfill', 'start', ...asked(), '--reason', 'first']
    const started = await command('--json', ...start, '--yes')
    expect(started.code).toBe(0)
    const { id } = JSON.parse(started.stdout) as { id: number }
    expect(JSON.parse((await command('--json', ...start, '--yes')).stdout)).toMatchObject({ id })
    const other = await command(...start, '--order', 'oldest', '--yes')
    expect({ code: other.code, told: other.stderr.includes(`Backfill ${id} `) }).toEqual({ code: 4, told: true })

    const keyed = ['--json', ...start, '--yes', '--key', 'night-7']
    expect(JSON.parse((await command(...keyed)).stdout)).toMatchObject({ id })

    const paused = await command('backfill', 'pause', String(id), '--reason', 'month end')
    expect({ code: paused.code, said: paused.stdout.split('\n')[0] }).toEqual({
      code: 0,
      said: `Backfill ${id} of account ${desk.accountId}: paused`,
    })
    const resumed = await command('--json', 'backfill', 'resume', String(id))
    expect(JSON.parse(resumed.stdout)).toMatchObject({ id, state: 'queued', asked_by: { kind: 'command' } })
    expect((await command('backfill', 'cancel', String(id))).code).toBe(0)
    // With its key it is that one still, though it has ended; for something else the key is taken.
    expect(JSON.parse((await command(...keyed)).stdout)).toMatchObject({ id })
    expect((await command(...keyed, '--order', 'oldest')).code).toBe(4)
    expect((await command(...start, '--yes', '--key', 'night 7')).code).toBe(2)
    const list = await command('--json', 'backfill', 'list', '--state', 'cancelled')
    expect(JSON.parse(list.stdout)).toMatchObject({ total_count: 1, backfills: [{ id, state: 'cancelled' }] })
    expect((await command('backfill', 'show', '999')).code).toBe(2)
    const acts = await many<{ action: string }>(
      db.pool,
      `select action from tidemark.audit_log where subject_id = $1 order by id`,
      [id],
    )
    expect(acts.map(({ action }) => action)).toEqual(['start', 'pause', 'resume', 'cancel'].map((name) => `backfill.${name}`))
  },
)

test(
  'who is to be told is given by address, held to the policy of the account, and mailed by the heartbeat',
  { timeout: 180_000 },
  async () => {
    const run = ['--json', 'backfill', ...asked(), '--reason', 'told', '--yes', '--notify']
    const wrong = await command(...run, 'ana@example.com, bob@example.com')
    expect({ code: wrong.code, told: wrong.stderr.includes('is no e-mail address') }).toEqual({ code: 2, told: true })
    const change = { ...byCommand(CLOSED), reason: 'test' }
    const policy = { external: true, domains: ['example.com'], mostRecipients: 10 }
    await setPolicy(db.pool, desk.accountId, policy, change)
    const forbidden = await command(...run, 'ana@elsewhere.example')
    expect({ code: forbidden.code, told: forbidden.stderr.includes('none of the domains') }).toEqual({ code: 2, told: true })

    const { code, stdout, stderr } = await command(...run, 'ana@example.com')
    expect(code).toBe(0)
    const { id, notify } = JSON.parse(stdout) as { id: number; notify: boolean }
    expect(notify).toBe(true)
    expect(stdout + stderr).not.toContain('ana@')
    const beat = () => planDigests.run({}, { pool: db.pool, enqueue: async () => {} } as unknown as JobContext)
    expect([await beat(), await beat()]).toMatchObject([{ backfills_told: 1 }, { backfills_told: 0 }])
    const text = `select recipient, kind, state, notice ->> 'subject' as subject from tidemark.deliveries where account_id = $1`
    expect(await many(db.pool, text, [desk.accountId])).toEqual([
      { recipient: 'ana@example.com', kind: 'notice', state: 'queued', subject: `Backfill ${id} completed: desk` },
    ])
  },
)
