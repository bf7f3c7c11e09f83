// The promise: whatever is wrong with an installation, the doctor names it in one line and says what to do; it never hangs, never
// changes or sends anything, and never shows a secret.
import { createServer, type AddressInfo, type Server } from 'node:net'
import { Redis } from 'ioredis'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { many, openPool, run, type Pool } from '../../src/db.ts'
import { checks, examine } from '../../src/doctor/doctor.ts'
import type { Finding } from '../../src/doctor/check.ts'
import { migrate } from '../../src/migrate.ts'
import { preparePostgresQueue } from '../../src/queue.ts'
import { tidemark } from '../support/command.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { migrateUntil, recordFuture } from '../support/newer.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
  await migrate(database.url)
  await preparePostgresQueue(database.pool)
  await run(database.pool, `insert into tidemark.accounts (account_id, zone) values (1, 'Asia/Kathmandu'), (2, 'Europe/Berlin')`)
})
afterAll(() => database.drop())

const present = () => Date.now() / 1000
interface Situation {
  env?: Record<string, string>
  pool?: Pool
  clock?: () => number
  seconds?: number
}

/** What the doctor finds, by the name of the check; what it says as a whole holds no secret. */
async function diagnose({ env = {}, pool = database.pool, clock = present, seconds }: Situation = {}) {
  const config = readConfig({ DATA_DIR: '/tmp', ...env })
  const { results, leftOut } = await examine({ config, pool, clock }, seconds)
  expect(JSON.stringify(results)).not.toContain('hunter2')
  for (const { found, advice, verdict } of results) {
    expect(`${found}${advice}`).not.toMatch(/\n|\bat .*:\d+:\d+/)
    expect(advice === null).toBe(verdict === 'ok')
  }
  return { leftOut, of: (name: string): Finding => results.find((result) => result.name === name)! }
}

/** Does something to the database, looks, and undoes it. */
async function whileSo(statement: string, undo: string, look: () => Promise<void>): Promise<void> {
  await database.pool.query(statement)
  try {
    await look()
  } finally {
    await database.pool.query(undo)
  }
}

test('a sound installation has nothing to complain of, and each check says what it saw', async () => {
  const { of, leftOut } = await diagnose()
  expect(leftOut).toEqual([])
  const found = Object.fromEntries(checks.map(({ name }) => [name, of(name)]))
  const complaints = Object.entries(found).filter(([, { verdict }]) => verdict === 'fail')
  expect(complaints).toEqual([])
  expect(found.database?.found).toMatch(/^PostgreSQL \d+\.\d+, UTF8, database test_/)
  expect(found.migrations?.found).toMatch(/^\d+ applied, none pending$/)
  expect(found['time zones']).toMatchObject({ verdict: 'ok', found: 'PostgreSQL and Node.js agree about the 2 in use' })
  expect(found.queue).toMatchObject({ verdict: 'ok', found: 'on PostgreSQL, in the schema bullmq' })
})

describe('the database', () => {
  test('that is not there is named, and what cannot be looked at then is left out', async () => {
    const pool = openPool('postgresql://u:hunter2@127.0.0.1:1/x', { max: 2 })
    const { of, leftOut } = await diagnose({ pool })
    expect(of('database')).toMatchObject({ verdict: 'fail', found: expect.stringContaining('ECONNREFUSED') })
    expect(leftOut).toEqual([
      'rights',
      'connections',
      'migrations',
      'triggers',
      'time zones',
      'clock',
      'queue',
      'heartbeats',
      'backlog',
      'history',
    ])
    await pool.end()
  })

  test('whose password is not written as URLs write it is a finding like any other', async () => {
    const url = 'postgresql://u:hunter2%@127.0.0.1:1/x'
    const pool = openPool(url, { max: 2 })
    expect((await diagnose({ pool, env: { DATABASE_URL: url } })).of('database').verdict).toBe('fail')
    await pool.end()
  })

  test('that takes the connection and says nothing does not hold the doctor up', async () => {
    const mute: Server = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((listening) => mute.once('listening', listening))
    const { port } = mute.address() as AddressInfo
    const pool = openPool(`postgresql://u:hunter2@127.0.0.1:${port}/x`, { connectTimeout: 1000 })
    const begun = performance.now()
    const { of } = await diagnose({ pool, seconds: 2 })
    expect(of('database').verdict).toBe('fail')
    expect(performance.now() - begun).toBeLessThan(5000)
    await pool.end()
    mute.close()
  })

  test('whose migrations are pending, or of a release that this one cannot work with', async () => {
    const older = await createDatabase()
    await migrateUntil(older.url, '0012_administration')
    expect((await diagnose({ pool: older.pool })).of('migrations')).toMatchObject({
      verdict: 'fail',
      advice: expect.stringContaining('tidemark migrate'),
    })
    await migrate(older.url)
    await recordFuture(older.pool, { breaking: false })
    expect((await diagnose({ pool: older.pool })).of('migrations').verdict).toBe('warn')
    await run(older.pool, `update tidemark.compatibility set needs = '9000_future', release = '9.0.0'`)
    expect((await diagnose({ pool: older.pool })).of('migrations')).toMatchObject({
      verdict: 'fail',
      advice: expect.stringContaining('Run release 9.0.0'),
    })
    await older.drop()
  })

  test('whose triggers are gone or disabled: each is named', async () => {
    const triggers = await many<{ name: string; relation: string }>(
      database.pool,
      `select tgname as name, tgrelid::regclass::text as relation from pg_trigger
       where tgname like 'tidemark\\_%' and tgparentid = 0 and tgrelid::regclass::text not like 'tidemark.%'`,
    )
    expect(triggers.length).toBeGreaterThan(20)
    // Every single one is looked for, whatever a later migration adds.
    for (const { name, relation } of triggers) {
      await whileSo(
        `alter table ${relation} disable trigger ${name}`,
        `alter table ${relation} enable trigger ${name}`,
        async () => {
          const { verdict, found } = (await examineTriggers())!
          expect({ verdict, found }).toEqual({ verdict: 'fail', found: `1 do not fire: ${relation}.${name} disabled` })
        },
      )
    }
    expect((await examineTriggers())?.verdict).toBe('ok')
  })
  const examineTriggers = () =>
    checks.find(({ name }) => name === 'triggers')?.look({ config: readConfig({}), pool: database.pool, clock: present })

  test('that runs short of connections when all processes are busy', async () => {
    const { of } = await diagnose({ env: { WEB_PROCESSES: '2', WORKER_PROCESSES: '4' } })
    expect(of('connections')).toMatchObject({ verdict: 'warn', advice: expect.stringContaining('raise max_connections to') })
    expect((await diagnose({ env: { WORKER_PROCESSES: '40' } })).of('connections').verdict).toBe('fail')
  })
})

describe('time', () => {
  test.each([
    [0, 'ok'],
    [20, 'warn'],
    [-20, 'warn'],
    [300, 'fail'],
  ])('clocks that are %d s apart: %s', async (seconds, verdict) => {
    expect((await diagnose({ clock: () => present() + seconds })).of('clock').verdict).toBe(verdict)
  })

  test('a clock that stands still is told', async () => {
    expect((await diagnose({ env: { TIDEMARK_CLOCK: '2026-03-18T12:00:00Z' } })).of('clock').verdict).toBe('warn')
  })

  test('a zone that nobody knows is named', () =>
    whileSo(
      `update tidemark.accounts set zone = 'Mars/Olympus' where account_id = 1`,
      `update tidemark.accounts set zone = 'Asia/Kathmandu' where account_id = 1`,
      async () => {
        const { of } = await diagnose()
        expect(of('time zones')).toMatchObject({ verdict: 'fail', found: expect.stringContaining('Mars/Olympus') })
      },
    ))
})

describe('work', () => {
  const mark = (age: string, failures = 0) =>
    `insert into tidemark.dirty_hours (account_id, hour, at, failures) values (1, '2026-03-01', clock_timestamp() - interval '${age}', ${failures})`
  test.each([
    ['1 minute', 'ok'],
    ['5 minutes', 'warn'],
    ['3 hours', 'fail'],
  ])('a mark that has waited for %s: %s', (age, verdict) =>
    whileSo(mark(age), 'delete from tidemark.dirty_hours', async () => {
      expect((await diagnose()).of('backlog').verdict).toBe(verdict)
    }),
  )

  test('hours that cannot be rolled are counted, with the account', () =>
    whileSo(mark('1 second', 3), 'delete from tidemark.dirty_hours', async () => {
      expect((await diagnose()).of('backlog')).toMatchObject({ verdict: 'warn', found: expect.stringContaining('of account 1') })
    }))

  test('history that is not rolled is told by account, and what is advised has it rolled', async () => {
    const { pool, url } = database
    expect((await diagnose()).of('history')).toMatchObject({ verdict: 'ok', found: 'rolled, or a backfill is at it' })
    const [older, newer] = ['outdated to no_longer_outdated', 'no_longer_outdated to outdated']
    await whileSo(`alter table tidemark.accounts rename ${older}`, `alter table tidemark.accounts rename ${newer}`, async () => {
      expect((await diagnose()).of('history').found).toBe('not recorded before `tidemark migrate`')
    })
    await pool.query(
      `insert into accounts (id, name, created_at, updated_at) values (1, 'One', now(), now()), (2, 'Two', now(), now());
       insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
       select id, 1, 1, 0, timezone('UTC', now()) - interval '40 days 1 hour', now() from accounts;
       update tidemark.accounts set covered = '{[-infinity, infinity)}', definitions = '1 of another release' where account_id = 2`,
    )
    try {
      const { verdict, found, advice } = (await diagnose()).of('history')
      expect({ verdict, found }).toEqual({
        verdict: 'warn',
        found:
          'not rolled as this release counts, and read from raw rows: account 1 (40 d 1 h never); account 2 (40 d 1 h by older definitions)',
      })
      const [, command = ''] = /^Roll it: `tidemark ([^`]+)`, and so for each; /.exec(advice!) ?? []
      expect(command).toContain('--account 1 ')
      for (const account of [1, 2]) {
        const said = command.replace('--account 1 ', `--account ${account} `).split(' ')
        expect(await tidemark(said, { DATABASE_URL: url, DATA_DIR: '/tmp' })).toMatchObject({ code: 0 })
      }
      expect((await diagnose()).of('history').verdict).toBe('ok')
    } finally {
      await pool.query(
        `delete from tidemark.backfills; delete from messages; delete from accounts;
         delete from tidemark.dirty_hours; delete from tidemark.dirty_scopes;
         update tidemark.accounts set covered = '{}', definitions = default`,
      )
    }
  })

  test('a heartbeat that has stopped is named with its age', async () => {
    await database.pool.query(
      `create table if not exists tidemark.heartbeats (job text primary key, every_seconds float8 not null, at timestamptz not null)`,
    )
    expect((await diagnose()).of('heartbeats')).toMatchObject({ verdict: 'warn', found: 'no worker has run yet' })
    const beat = (job: string, age: number) =>
      run(
        database.pool,
        `insert into tidemark.heartbeats (job, every_seconds, at) values ($1, 3, clock_timestamp() - make_interval(secs => $2))`,
        [job, age],
      )
    await beat('sweep', 2)
    expect((await diagnose()).of('heartbeats').verdict).toBe('ok')
    await beat('plan-digests', 7200)
    expect((await diagnose()).of('heartbeats')).toMatchObject({
      verdict: 'fail',
      found: expect.stringMatching(/^1 of 2 have stopped: plan-digests, .* last 2 h ago$/),
    })
    await run(database.pool, 'delete from tidemark.heartbeats')
  })
})

describe('the queue on Redis', () => {
  let redis: TestRedis | undefined
  beforeAll(async () => void (redis = await startRedis()))
  afterAll(() => redis?.stop())

  test('is asked what it does with keys that do not fit, and with its disk', async ({ skip }) => {
    skip(!redis)
    const client = new Redis(redis!.url)
    const env = { REDIS_URL: redis!.url }
    expect((await diagnose({ env })).of('queue')).toMatchObject({
      verdict: 'warn',
      advice: expect.stringContaining('appendonly'),
    })
    await client.config('SET', 'appendonly', 'yes')
    expect((await diagnose({ env })).of('queue').verdict).toBe('ok')
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect((await diagnose({ env })).of('queue')).toMatchObject({
      verdict: 'fail',
      advice: 'Set maxmemory-policy to noeviction.',
    })
    client.disconnect()
  })

  test('that is not there is named, without its password', async () => {
    const { of } = await diagnose({ env: { REDIS_URL: 'redis://u:hunter2@127.0.0.1:1' } })
    expect(of('queue')).toMatchObject({
      verdict: 'fail',
      found: expect.stringMatching(/^Redis at 127\.0\.0\.1:1 cannot be reached/),
    })
  })
})

describe('mail', () => {
  let server: SMTPServer
  let port = 0
  const taken: string[] = []
  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) =>
        password === 'hunter2' ? done(null, { user: username ?? '' }) : done(new Error('no such user')),
      onMailFrom: ({ address }, _, done) => {
        taken.push(address)
        done()
      },
    })
    server.on('error', () => {})
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
    port = (server.server.address() as AddressInfo).port
  })
  afterAll(() => new Promise<void>((closed) => server.close(() => closed())))
  const env = (user: string, more = {}) => ({
    SMTP_URL: `smtp://${user}127.0.0.1:${port}`,
    MAIL_FROM: 'reports@desk.example',
    ...more,
  })

  test('a server that takes us is logged in to, and gets no mail', async () => {
    expect((await diagnose({ env: env('u:hunter2@') })).of('mail')).toMatchObject({
      verdict: 'ok',
      found: expect.stringContaining('logged in'),
    })
    expect((await diagnose({ env: env('', { MAIL_FROM: '' }) })).of('mail').verdict).toBe('warn')
    expect(taken).toEqual([])
  })

  test('a wrong password, TLS that is not offered and a port where nobody is are failures', async () => {
    expect((await diagnose({ env: env('u:wrong@') })).of('mail').verdict).toBe('fail')
    expect((await diagnose({ env: env('', { SMTP_STARTTLS: 'required' }) })).of('mail').verdict).toBe('fail')
    expect((await diagnose({ env: { SMTP_URL: 'smtp://u:hunter2@127.0.0.1:1' } })).of('mail')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('127.0.0.1:1 refuses'),
    })
  })
})

describe('settings in production', () => {
  const production = { NODE_ENV: 'production', SECRET_KEY: 'q7Pz0vTn3LrX9sKd5WbYhJ2mC8fGaEuR' }

  test.each([
    ['a key of one character', { SECRET_KEY: 'x'.repeat(40) }, 'secret key', 'fail'],
    ['no mail server', {}, 'mail', 'warn'],
    ['links that lead to this machine', {}, 'public URL', 'fail'],
    ['links without TLS', { PUBLIC_URL: 'http://reports.example.com' }, 'public URL', 'warn'],
    ['links with TLS', { PUBLIC_URL: 'https://reports.example.com' }, 'public URL', 'ok'],
    ['a folder that is still to be made', { DATA_DIR: '/tmp/nowhere/yet' }, 'disk', 'ok'],
  ])('%s', async (_, env, name, verdict) => {
    expect((await diagnose({ env: { ...production, ...env } })).of(name).verdict).toBe(verdict)
  })
})

test('the command prints a line a check, or JSON, and exits 1 only where something fails', async () => {
  const env = { DATABASE_URL: database.url, DATA_DIR: '/tmp', MAIL_FROM: 'reports@desk.example' }
  const [sound, ill] = await Promise.all([
    tidemark(['doctor'], { ...env, SECRET_KEY: 'q7Pz0vTn3LrX9sKd5WbYhJ2mC8fGaEuR' }),
    tidemark(['--json', 'doctor'], { ...env, REDIS_URL: 'redis://u:hunter2@127.0.0.1:1', SECRET_KEY: 'hunter2'.repeat(9) }),
  ])
  expect(`${sound.stdout}${sound.stderr}${ill.stdout}${ill.stderr}`).not.toContain('hunter2')
  const lines = sound.stdout.trim().split('\n')
  expect(sound.code).toBe(0)
  expect(lines.filter((line) => !/^(ok|warn) {2,}\S/.test(line))).toEqual([
    expect.stringMatching(/^\d+ ok, \d+ warnings, 0 failures$/),
  ])
  expect(ill.code).toBe(1)
  const told = JSON.parse(ill.stdout) as { checks: { name: string; verdict: string }[]; fail: number }
  expect(told.checks.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name)).toEqual(['queue', 'secret key'])
})
