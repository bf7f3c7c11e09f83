// The promise: any number of processes may migrate at once; whoever works on the tables meanwhile hardly notices; a migration that
// cannot get at a table gives up and leaves everything as it was; and no release works on tables that it does not understand.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { many, one, openPool, run, type Pool } from '../../src/db.ts'
import { Refusal } from '../../src/errors.ts'
import { migrate } from '../../src/migrate.ts'
import { migrationStates, namesIn, OWN, pendingMigrations, RAW, requireKnownSchema } from '../../src/migrations.ts'
import { tidemark } from '../support/command.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FUTURE, migrateUntil, recordFuture } from '../support/newer.ts'
import { scaled } from '../support/seed.ts'

let database: TestDatabase
beforeEach(async () => void (database = await createDatabase()))
afterEach(() => database.drop())

const refusal = (attempt: Promise<unknown>): Promise<Refusal> =>
  attempt.then(
    () => expect.fail('it was not refused'),
    (error: unknown) => (error instanceof Refusal ? error : Promise.reject(error as Error)),
  )

const recorded = (pool: Pool) =>
  many<{ name: string }>(pool, 'select name from tidemark.raw_migrations union all select name from tidemark.migrations')

const all = [...namesIn(RAW.dir), ...namesIn(OWN.dir)]

test('twenty migrate at once: each migration runs once, and all end well', async () => {
  const ran = await Promise.all(Array.from({ length: 20 }, () => migrate(database.url, { wait: 120 })))
  expect(ran.flat().sort()).toEqual([...all].sort())
  expect((await recorded(database.pool)).map(({ name }) => name).sort()).toEqual([...all].sort())
  expect(await pendingMigrations(database.pool)).toEqual([])
}, 150_000)

describe('while somebody reads a table that has to change', () => {
  const idleSeconds = scaled('TIDEMARK_IDLE_READER', 4)
  /** The longest that a reader of the table waited, in seconds, while `work` went on. */
  async function longestRead(work: Promise<unknown>): Promise<number> {
    const readers = openPool(database.url, { max: 4, applicationName: 'reader' })
    let [longest, over] = [0, false]
    const read = async () => {
      while (!over) {
        const begun = performance.now()
        await readers.query('select count(*) from tidemark.accounts')
        longest = Math.max(longest, (performance.now() - begun) / 1000)
        await sleep(20)
      }
    }
    const reading = [read(), read(), read()]
    await work.catch(() => {})
    over = true
    await Promise.all(reading)
    await readers.end()
    return longest
  }

  /** Somebody who has read the table in a transaction, and has gone for a coffee. */
  async function idleReader() {
    const client = await database.pool.connect()
    await client.query('begin; select count(*) from tidemark.accounts')
    return async () => {
      await client.query('rollback')
      client.release()
    }
  }

  beforeEach(() => migrateUntil(database.url, '0011_planned_until'))

  test('a migration gives up within five seconds, nobody waits for three, and nothing has changed', async () => {
    const leave = await idleReader()
    const begun = performance.now()
    const refused = refusal(migrate(database.url, { wait: 3 })).then((error) => ({
      code: error.code,
      exitCode: error.exitCode,
      seconds: (performance.now() - begun) / 1000,
    }))
    const longest = await longestRead(refused)
    const { seconds, ...told } = await refused
    console.info(`gave up after ${seconds.toFixed(1)} s; the longest read took ${longest.toFixed(2)} s`)
    expect(told).toEqual({ code: 'locked', exitCode: 1 })
    expect(seconds).toBeLessThan(5)
    expect(longest).toBeLessThan(3)
    expect(await pendingMigrations(database.pool)).toContain('0012_administration')
    await leave()
  })

  test(`it goes on trying by itself, and gets through when the reader leaves after ${idleSeconds} s`, async () => {
    const leave = await idleReader()
    const migrating = migrate(database.url, { wait: idleSeconds + 60 })
    const longest = await longestRead(sleep(idleSeconds * 1000).then(leave))
    await migrating
    expect(longest).toBeLessThan(3)
    expect(await pendingMigrations(database.pool)).toEqual([])
  }, 150_000)

  test('as a change without a lock timeout, which this measure catches, does not', async () => {
    const leave = await idleReader()
    const changing = run(database.pool, 'alter table tidemark.accounts add column unhurried text')
    const longest = await longestRead(sleep(3200).then(leave))
    await changing
    expect(longest).toBeGreaterThan(3)
  })

  test('a statement that takes too long is given up, and nothing has changed', async () => {
    const leave = await idleReader()
    // Shorter than a lock is waited for, so that it is the statement that takes too long.
    const { code, message } = await refusal(migrate(database.url, { statementSeconds: 0.3 }))
    await leave()
    expect([code, message]).toEqual(['slow_migration', expect.stringContaining('--statement-timeout')])
    expect(await pendingMigrations(database.pool)).toContain('0012_administration')
  })

  test('what was applied before it gave up is told', async () => {
    const [raw] = namesIn(RAW.dir).slice(-1)
    await database.pool.query('delete from tidemark.raw_migrations where name = $1', [raw])
    await database.pool.query('alter table contacts drop column blocked; alter table users drop column custom_attributes')
    const leave = await idleReader()
    const applied = `Of raw tables ${raw} has been applied; nothing else has changed.`
    expect((await refusal(migrate(database.url, { wait: 0 }))).message).toContain(applied)
    expect((await recorded(database.pool)).map(({ name }) => name)).toContain(raw)
    // Now nothing is left of them to apply.
    const { message } = await refusal(migrate(database.url, { statementSeconds: 0.3 }))
    await leave()
    expect(message).toContain('Nothing has changed.')
  })

  test('migrate status tells what is pending and exits 3; when nothing is, 0', async () => {
    const status = () => tidemark(['--json', 'migrate', 'status'], { DATABASE_URL: database.url })
    const before = await status()
    const states = JSON.parse(before.stdout) as { pending: number; migrations: { name: string; applied_at: string | null }[] }
    expect({ code: before.code, pending: states.pending }).toEqual({
      code: 3,
      pending: namesIn(OWN.dir).filter((name) => name > '0011_planned_until').length,
    })
    const at = (name: string) => states.migrations.find((migration) => migration.name === name)?.applied_at
    expect(at('0012_administration')).toBeNull()
    expect(Math.abs(Date.parse(at('0001_schema') ?? '') - Date.now())).toBeLessThan(120_000)
    const up = await tidemark(['migrate', '--wait', '60'], { DATABASE_URL: database.url })
    expect(up).toMatchObject({ code: 0, stdout: `${states.pending} migrations applied\n` })
    expect((await status()).code).toBe(0)
  }, 120_000)
})

describe('tables that a later release has changed', () => {
  beforeEach(() => migrate(database.url))

  test('in a way that this one can live with are worked on: it migrates nothing, and tells what it does not know', async () => {
    await recordFuture(database.pool, { breaking: false })
    await requireKnownSchema(database.pool)
    expect(await migrate(database.url)).toEqual([])
    expect((await migrationStates(database.pool)).filter(({ known }) => !known)).toMatchObject([{ name: FUTURE, tables: 'own' }])
    expect(await pendingMigrations(database.pool)).toEqual([])
  })

  test('in a way that it cannot: no process starts, no verb works, and each says which release to run', async () => {
    await recordFuture(database.pool, { breaking: true })
    const told = /^Release 9\.0\.0 has changed the database \(9000_future\).*Run release 9\.0\.0 or newer\.$/
    expect((await refusal(migrate(database.url))).message).toMatch(told)
    expect((await refusal(requireKnownSchema(database.pool))).exitCode).toBe(1)
    const ended = await Promise.all(
      [['worker'], ['serve'], ['rollup', 'status']].map((verb) => tidemark(verb, { DATABASE_URL: database.url, PORT: '0' })),
    )
    for (const { code, stdout, stderr } of ended) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr.trim()).toMatch(told)
    }
  }, 120_000)

  test('every migration that says what it needs names a migration that is there', async () => {
    const { needs } = await one<{ needs: string }>(database.pool, 'select needs from tidemark.compatibility')
    expect(namesIn(OWN.dir)).toContain(needs)
  })
})
