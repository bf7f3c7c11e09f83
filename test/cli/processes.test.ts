// Processes as a platform runs them: what their probes say, and how they end.
import { Agent, get as httpGet, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { now } from '../../src/clock.ts'
import { budgetProblem, connectionBudget, connectionsOf } from '../../src/connections.ts'
import { many, one } from '../../src/db.ts'
import { openOffice, WEEK } from '../http/office.ts'
import type { TestDatabase } from '../support/database.ts'
import { startTidemark } from '../support/processes.ts'
import { requireProgram } from '../support/programs.ts'
import { startRedis } from '../support/redis.ts'
import { freePort } from '../support/free-port.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openOffice()
})
afterAll(() => database.drop())

const agent = new Agent({ keepAlive: true })
interface Answer {
  status: number
  connection: string | undefined
  body: string
}
function ask(port: number, path: string, headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const read = (response: IncomingMessage) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body }))
      response.on('error', reject)
    }
    httpGet({ host: '127.0.0.1', port, path, agent, headers }, read).on('error', reject)
  })
}
/** Asks again until the answer is such. */
async function answering(port: number, path: string, wanted: (answer: Answer) => boolean, headers = {}): Promise<Answer> {
  let last: Answer | undefined
  for (let tries = 0; tries < 1800; tries++) {
    last = await ask(port, path, headers).catch(() => undefined)
    if (last && wanted(last)) return last
    await sleep(50)
  }
  throw new Error(`${path} never answered so; last: ${JSON.stringify(last)}`)
}
const ok = ({ status }: Answer) => status === 200

test(
  'a web process that is told to end says so, takes requests for a moment, answers what it was asked, and ends with 0',
  { timeout: 180_000 },
  async () => {
    const port = await freePort()
    const web = startTidemark(database.url, ['serve'], { PORT: String(port), WEB_PROCESSES: '20', DRAIN_SECONDS: '4' })
    await answering(port, '/readyz', ok)
    // Twenty of it would be too many; it says so, and serves.
    expect(web.output()).toMatch(
      /20 web and 1 worker processes .* more than 80 % of the \d+ that it allows: raise max_connections/,
    )
    expect((await ask(port, '/metrics')).body).toContain('rollup_oldest_dirty_row_seconds')
    // A report that waits for a lock, while other connections are kept open and idle.
    const holder = await database.pool.connect()
    await holder.query('begin; lock table reporting_events in access exclusive mode')
    await Promise.all([ask(port, '/livez'), ask(port, '/livez')])
    const path = `/api/v2/accounts/1/reports/summary?type=account&since=${WEEK.since}&until=${WEEK.until}`
    const answer = ask(port, path, { api_access_token: 'token-1' })
    const waiting = `select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await one<{ n: number }>(database.pool, waiting)).n === 0) await sleep(20)
    web.terminate()
    const told = performance.now()
    // A balancer that has not noticed yet is told, and what it still sends is answered, without keeping the connection.
    await answering(port, '/readyz', ({ status }) => status === 503)
    const tokens = await ask(port, '/api/v1/accounts/1/tokens', { api_access_token: 'token-1' })
    expect([tokens.status, tokens.connection]).toEqual([200, 'close'])
    const ready = await ask(port, '/readyz')
    expect([ready.status, ready.connection, JSON.parse(ready.body)]).toEqual([
      503,
      'close',
      { status: 'unready', problems: ['This process is shutting down.'] },
    ])
    // Then it takes nobody new, while what it was asked before still waits.
    await vi.waitFor(() => expect(ask(port, '/livez')).rejects.toThrow('ECONNREFUSED'), { timeout: 5000, interval: 50 })
    expect((performance.now() - told) / 1000).toBeGreaterThan(3.9)
    await holder.query('rollback')
    holder.release()
    expect((await answer).status).toBe(200)
    expect(await web.ended).toBe(0)
    expect((performance.now() - told) / 1000).toBeLessThan(15)
  },
)

test('Ctrl-C ends a web process without that moment', { timeout: 180_000 }, async () => {
  const port = await freePort()
  const web = startTidemark(database.url, ['serve'], { PORT: String(port), DRAIN_SECONDS: '15' })
  await answering(port, '/readyz', ok)
  const told = performance.now()
  web.interrupt()
  expect(await web.ended).toBe(0)
  expect((performance.now() - told) / 1000).toBeLessThan(5)
})

test.runIf(await requireProgram('redis-server'))(
  'a web process that shows the queues does its work without them, and its pages tell until they are back',
  { timeout: 180_000 },
  async () => {
    const [port, redisPort] = [await freePort(), await freePort()]
    const input = { name: 'operator', role: 'viewer', userId: null, expiresAt: null } as const
    const operator = { api_access_token: (await createToken(database.pool, null, input, byCommand(now()))).text }
    const env = { PORT: String(port), QUEUE_UI: 'true', REDIS_URL: `redis://127.0.0.1:${redisPort}` }
    const web = startTidemark(database.url, ['serve'], env)
    await answering(port, '/readyz', ok)
    expect((await ask(port, '/admin/queues/')).status).toBe(401)
    for (const path of ['/admin/queues/', '/admin/queues/api/queues']) {
      const told = await ask(port, path, operator)
      const error = expect.stringMatching(`^Redis at 127.0.0.1:${redisPort} does not answer: `) as string
      expect([told.status, JSON.parse(told.body)]).toEqual([503, { error }])
    }
    const path = `/api/v2/accounts/1/reports/summary?type=account&since=${WEEK.since}&until=${WEEK.until}`
    expect((await ask(port, path, { api_access_token: 'token-1' })).status).toBe(200)
    expect((await ask(port, '/metrics')).body).toContain('metrics_failed{figures="queue"} 1')
    const redis = await startRedis(redisPort)
    const shown = await answering(port, '/admin/queues/api/queues', ok, operator)
    expect(shown.body).toMatch(/"name":"rollups".*"name":"backfills".*"name":"digests"/s)
    expect((await ask(port, '/admin/queues/', operator)).status).toBe(200)
    await redis!.stop()
    const gone = await answering(port, '/admin/queues/api/queues', ({ status }) => status === 503, operator)
    expect(gone.body).toContain('The queue cannot be reached at the moment')
    expect((await ask(port, '/readyz')).status).toBe(200)
    web.terminate()
    expect(await web.ended).toBe(0)
  },
)

test('connections are too many from the first on that is beyond 80 % of what the server allows', async () => {
  const { allowed } = await connectionBudget(database.pool, { web: 1, worker: 1 }, true)
  const most = Math.floor((0.8 * allowed - 10 - connectionsOf('web', true)) / connectionsOf('worker', true))
  const problemOf = async (worker: number) =>
    budgetProblem(await connectionBudget(database.pool, { web: 1, worker }, true), { web: 1, worker })
  expect(await problemOf(most)).toBeUndefined()
  expect(await problemOf(most + 1)).toContain(`more than 80 % of the ${allowed}`)
})

test.runIf(await requireProgram('redis-server'))(
  'a worker is not ready while its queue cannot be reached, and lives on',
  { timeout: 180_000 },
  async () => {
    const redis = await startRedis()
    const port = await freePort()
    const worker = startTidemark(database.url, ['worker'], {
      REDIS_URL: redis!.url,
      PROBE_PORT: String(port),
      METRICS_TOKEN: 'a-token-of-this-test',
    })
    await answering(port, '/readyz', ok)
    expect(worker.output()).not.toContain('max_connections')
    expect((await ask(port, '/metrics')).status).toBe(401)
    // Figures are kept for some seconds, so what has just happened is shown a little later.
    const auth = { authorization: 'Bearer a-token-of-this-test' }
    const swept = ({ body }: Answer) => /heartbeat_age_seconds\{heartbeat="sweep"\}/.test(body)
    const shown = await answering(port, '/metrics', swept, auth)
    expect(shown.body).toMatch(/bullmq_job_count\{queue="rollups",state="waiting"\} \d/)
    expect(shown.body).toMatch(/worker_up\{queue="rollups"\} 1/)
    // A port that somebody asked for and that is taken is no small matter.
    const env = { REDIS_URL: redis!.url, PROBE_PORT: String(port), WORKER_PROCESSES: '40' }
    const second = startTidemark(database.url, ['worker'], env)
    expect([await second.ended, second.output()]).toEqual([1, expect.stringContaining(`Port ${port} is in use`)])
    expect(second.output()).toContain('1 web and 40 worker processes (WEB_PROCESSES, WORKER_PROCESSES) may open')
    await redis!.stop()
    const problem = await answering(port, '/readyz', ({ status }) => status === 503)
    expect(JSON.parse(problem.body)).toEqual({ status: 'unready', problems: ['The queue on Redis cannot be reached.'] })
    expect((await ask(port, '/livez')).status).toBe(200)
    const unread = ({ body }: Answer) => body.includes('metrics_failed{figures="queue"} 1')
    const meanwhile = await answering(port, '/metrics', unread, auth)
    expect(meanwhile.body).toMatch(/worker_up\{queue="rollups"\} 1/)
    await worker.kill()
  },
)

test(
  'a worker of one queue works on that alone, and the heartbeats of the others are seen to stand still',
  { timeout: 180_000 },
  async () => {
    const [no, worker] = [
      startTidemark(database.url, ['worker', '--queues', 'mail']),
      startTidemark(database.url, ['worker', '--queues', 'digests'], { PROBE_PORT: '0' }),
    ]
    const beats = () =>
      many<{ job: string; at: number }>(
        database.pool,
        'select job, extract(epoch from at)::float8 as at from tidemark.heartbeats',
      )
    const of = async (job: string) => (await beats()).find((beat) => beat.job === job)?.at ?? 0
    await vi.waitFor(async () => expect(await of('plan-digests')).toBeGreaterThan((await of('sweep')) + 0.05), 120_000)
    const swept = await of('sweep')
    await sleep(4000)
    expect(await of('sweep')).toBe(swept)
    await worker.kill()
    expect([await no.ended, no.output()]).toEqual([2, expect.stringContaining('Allowed choices are rollups, backfills, digests')])
  },
)
