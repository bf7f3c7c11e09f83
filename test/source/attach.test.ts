// The promise: attaching to a Chatwoot database adds the schema `tidemark` and triggers and nothing else, writes no row of
// Chatwoot's, and detaching takes every trace away. What cannot be attached is refused with what to do, and stays as it was.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import { many, one, openPool, run } from '../../src/db.ts'
import { migrate } from '../../src/migrate.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { attach, detach } from '../../src/source/attach.ts'
import { catalogOf, fingerprints } from '../support/catalog.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { emptyChatwoot } from '../support/incident-log.ts'
import { announceMissing, sharedFolder } from '../support/shared.ts'

const shared = sharedFolder()
if (!shared) announceMissing('attaching to Chatwoot’s tables and detaching from them')

const refusal = (attempt: Promise<unknown>): Promise<Refusal> =>
  attempt.then(
    () => expect.fail('it was not refused'),
    (error: unknown) => (error instanceof Refusal ? error : Promise.reject(error as Error)),
  )

test('an empty database is no Chatwoot: the refusal names what is missing, and nothing changes', async () => {
  const { pool, url, drop } = await createDatabase()
  const before = await catalogOf(pool)
  const { code, message } = await refusal(attach(pool, url))
  expect(code).toBe('not_chatwoot')
  expect(message).toContain('it lacks accounts, users, account_users')
  expect(await catalogOf(pool)).toEqual(before)
  await drop()
})

test('a standalone database is not detached from', async () => {
  const { pool, url, drop } = await createDatabase()
  await migrate(url)
  expect((await refusal(detach(pool))).code).toBe('standalone')
  await drop()
})

describe.skipIf(!shared)('a Chatwoot database', () => {
  let database: TestDatabase
  let desk: string
  beforeAll(async () => {
    desk = await readFile(join(shared!, 'chatwoot/examples/desk.sql'), 'utf8')
  })
  beforeEach(async () => {
    database = await createDatabase({ template: await emptyChatwoot(shared!) })
    await database.pool.query(desk)
    return () => database.drop()
  })

  test('gets a schema and triggers of ours, and loses nothing', async () => {
    const things = async () => (await catalogOf(database.pool)).filter((line) => !line.startsWith('entries'))
    const before = await things()
    await attach(database.pool, database.url)
    const after = await things()
    expect(before.filter((line) => !after.includes(line))).toEqual([])
    const added = after.filter((line) => !before.includes(line))
    // Triggers on tables of our own are ours as well as the tables.
    const isOurs = (line: string) => (line.startsWith('trigger') ? / ON tidemark\./.test(line) : /\btidemark\b/.test(line))
    const elsewhere = added.filter((line) => !isOurs(line))
    expect(elsewhere.length).toBeGreaterThan(0)
    expect(
      elsewhere.filter((line) => !/^trigger CREATE TRIGGER tidemark_\w+ .* EXECUTE FUNCTION tidemark\.\w+\(\) O$/.test(line)),
    ).toEqual([])
  })

  test('is left as it was found, and not a row of it was written', async () => {
    const { pool, url } = database
    const [catalog, rows] = [await catalogOf(pool), await fingerprints(pool)]
    await attach(pool, url)
    const { id } = await requestBackfill(pool, { accountId: 1, since: -Infinity, until: Infinity, reason: 'all' })
    await runBackfill(pool, 1, id)
    await rollDirty(pool, 2)
    await detach(pool)
    expect(await catalogOf(pool)).toEqual(catalog)
    expect(await fingerprints(pool)).toEqual(rows)
    await detach(pool)
    expect(await catalogOf(pool)).toEqual(catalog)
  })

  test('may be attached to twice, and again after it was detached from', async () => {
    const { pool, url } = database
    const first = await attach(pool, url)
    expect(first).toMatchObject({ accounts: 2, migrations: expect.arrayContaining(['0002_dirty_log', '0003_rollups']) })
    await run(pool, `insert into tidemark.dirty_hours (account_id, hour) values (1, now())`)
    const catalog = await catalogOf(pool)
    expect(await attach(pool, url)).toEqual({ accounts: 2, migrations: [] })
    expect(await catalogOf(pool)).toEqual(catalog)
    expect(await many(pool, 'select account_id from tidemark.dirty_hours')).toEqual([{ account_id: 1 }])
    await detach(pool)
    expect(await attach(pool, url)).toEqual(first)
  })

  test('several may attach at once', async () => {
    const attached = await Promise.all([1, 2, 3].map(() => attach(database.pool, database.url)))
    expect(
      attached
        .map(({ migrations }) => migrations.length)
        .sort((a, b) => a - b)
        .slice(0, 2),
    ).toEqual([0, 0])
    expect(attached.map(({ accounts }) => accounts)).toEqual([2, 2, 2])
  })

  test('of another age is refused for the column it lacks', async () => {
    await run(database.pool, 'alter table reporting_events drop column value_in_business_hours')
    const before = await catalogOf(database.pool)
    const { code, message } = await refusal(attach(database.pool, database.url))
    expect([code, message]).toEqual([
      'not_chatwoot',
      expect.stringContaining('it lacks reporting_events.value_in_business_hours.'),
    ])
    expect(await catalogOf(database.pool)).toEqual(before)
  })

  test('whose tables are in use is waited for, but not for ever', async () => {
    const { pool, url } = database
    const before = await catalogOf(pool)
    const writer = await pool.connect()
    await writer.query('begin; lock messages in row exclusive mode')
    vi.useFakeTimers({ toFake: ['performance'] })
    const refused = refusal(attach(pool, url))
    await sleep(1000)
    // Half a minute later, as the stopwatch has it.
    vi.advanceTimersByTime(31_000)
    const { code, status } = await refused
    vi.useRealTimers()
    expect([code, status]).toEqual(['locked', 503])
    expect(await catalogOf(pool)).toEqual(before)

    const attached = attach(pool, url)
    await sleep(1000)
    await writer.query('rollback')
    writer.release()
    await expect(attached).resolves.toMatchObject({ accounts: 2 })
  })

  describe('seen by a role that owns nothing', () => {
    const role = `tidemark_test_${randomBytes(6).toString('hex')}`
    beforeEach(async () => {
      await run(database.pool, `create role ${role} login`)
      return async () => {
        await run(database.pool, `drop owned by ${role}; drop role ${role}`).catch(() => {})
      }
    })

    const asRole = () => {
      const url = new URL(database.url)
      url.username = role
      return { url: url.href, pool: openPool(url.href, { max: 1 }) }
    }

    test('is refused with the grants it takes; given these, all works', async () => {
      const mine = asRole()
      const before = await catalogOf(database.pool)
      const { code, message } = await refusal(attach(mine.pool, mine.url))
      expect(code).toBe('lacks_right')
      expect(message).toContain('grant select on public.conversations to')
      expect(message).toContain('grant trigger on public.taggings to')
      expect(await catalogOf(database.pool)).toEqual(before)

      const grants = message.split('\n').filter((line) => line.startsWith('grant '))
      // Not one that is missing may be left out.
      for (const grant of grants.toReversed()) {
        expect((await refusal(attach(mine.pool, mine.url))).code).toBe('lacks_right')
        await run(database.pool, grant.replace('current_user', role))
      }
      await expect(attach(mine.pool, mine.url)).resolves.toMatchObject({ accounts: 2 })
      await rollDirty(mine.pool, 1)
      await detach(mine.pool)
      await mine.pool.end()
      expect((await catalogOf(database.pool)).filter((line) => /tidemark\./.test(line))).toEqual([])
    })

    test('is written to as ever by those who know nothing of Tidemark', async () => {
      await attach(database.pool, database.url)
      await run(
        database.pool,
        `grant insert, select, delete on reporting_events, conversations, taggings to ${role}; grant usage on sequence reporting_events_id_seq to ${role}`,
      )
      await run(database.pool, 'delete from tidemark.dirty_hours')
      const writer = asRole()
      await run(
        writer.pool,
        `insert into reporting_events (name, account_id, created_at, updated_at) values ('reply_time', 1, now(), now())`,
      )
      await run(writer.pool, `delete from conversations where id = 1`)
      await expect(run(writer.pool, 'select * from tidemark.dirty_hours')).rejects.toThrow('permission denied')
      await writer.pool.end()
      expect(await one(database.pool, 'select count(*) > 0 as marked from tidemark.dirty_hours')).toEqual({ marked: true })
    })
  })
})
