// The promise: no request makes the server fail. Whatever is asked of any route, valid or absurd, the answer is what the
// description of the API says, refusals say what is wrong and are quick, and nothing is left behind in the database.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { scaled, seed } from '../support/seed.ts'
import { rollEverything, serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { requestsOf, type ApiDescription, type Fuzzed } from './fuzz-requests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let outbox: string
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool, NOON + 86400)
  outbox = await mkdtemp(join(tmpdir(), 'tidemark-fuzz-'))
  app = serve(database.pool, {
    clock: () => NOON,
    mailRoute: () => ({ smtpUrl: undefined, from: 'Tidemark <t@example.com>', outbox }),
  })
  await app.ready()
  // As many as there are ids worth trying, because some requests delete what they find.
  for (let i = 1; i <= 10; i++) {
    const [group, digest] = [
      await asking(app)('POST', 'recipient_groups', { name: `Group ${i}` }),
      await asking(app)('POST', 'digests', weekly),
    ]
    expect([group.status, digest.status]).toEqual([201, 201])
  }
})
afterAll(async () => {
  await app.close()
  await database.drop()
  await rm(outbox, { recursive: true })
})

type Answer = Awaited<ReturnType<typeof send>>
const send = ({ method, url, headers, body }: Fuzzed) =>
  app.inject({ method, url, headers, ...(body !== undefined && { payload: body }) })

/** Where Chatwoot says nothing, neither do we. */
const silent = /\/api\/v2\/.*\/reports\/(conversations|outgoing_messages_count|drilldown)\b/
/** Chatwoot's routes below v1 have its shape of errors. */
const problemShaped = (url: string) => url.startsWith('/api/v1/') && !/^\/api\/v1\/[^?]*\/csat_survey_responses/.test(url)

/** What an answer may be. An answer of 200 that is not what openapi.json describes has become a 500 (see desk.ts). */
function check({ method, url }: Fuzzed, { statusCode, headers, body, json }: Answer): void {
  if (statusCode === 500) console.info(body.slice(0, 500))
  expect([
    200,
    201,
    202,
    204,
    304,
    400,
    401,
    403,
    404,
    409,
    413,
    414,
    415,
    422,
    ...(/\/test\b/.test(url) ? [429] : []),
  ]).toContain(statusCode)
  if (statusCode < 400 || method === 'HEAD') return
  expect(body).not.toMatch(/node_modules|\.ts:|select |at \w+ \(/)
  if (problemShaped(url)) {
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(json()).toEqual({
      type: expect.any(String),
      title: expect.any(String),
      status: statusCode,
      detail: expect.stringMatching(/\S/),
      code: expect.any(String),
      request_id: headers['x-request-id'], // prettier-ignore
    })
  } else if (body !== '' || !silent.test(url)) {
    const shown = json<{ error?: unknown; errors?: unknown[]; detail?: unknown }>()
    expect(shown.error ?? shown.errors?.[0] ?? shown.detail).toEqual(expect.stringMatching(/\S/))
  }
}

/** Milliseconds of requests: how many took how long. */
function quantiles(times: number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1))
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

test('no request makes the server fail, and every refusal is quick and says why', async () => {
  const description: ApiDescription = (await app.inject('/openapi.json')).json()
  const [statuses, refused, answered, trivial] = [new Map<number, number>(), [] as number[], [] as number[], [] as number[]]
  const slowest = { refusal: { took: 0, what: '' }, answer: { took: 0, what: '' } }
  const operations = new Map<string, Set<number>>()
  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const start = performance.now()
    return [await work(), performance.now() - start]
  }
  const ask = (numRuns: number, operation?: string, until?: () => boolean) =>
    fc.assert(
      fc.asyncProperty(requestsOf(description, operation), async (request) => {
        if (until?.()) return
        const [answer, took] = await timed(() => send(request))
        check(request, answer)
        statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
        const seen = operations.get(request.operation) ?? operations.set(request.operation, new Set()).get(request.operation)!
        seen.add(answer.statusCode)
        const kind = answer.statusCode >= 400 ? 'refusal' : 'answer'
        if (took > slowest[kind].took) slowest[kind] = { took, what: `${answer.statusCode} ${request.url.slice(0, 300)}` }
        ;(answer.statusCode >= 400 ? refused : answered).push(took)
        trivial.push((await timed(() => app.inject('/livez')))[1])
      }),
      { numRuns, seed, endOnFailure: true },
    )
  await ask(scaled('TIDEMARK_RUNS', 2500))
  const [refusals, calibration] = [quantiles(refused), quantiles(trivial)]
  console.info('statuses', Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)), 'TIDEMARK_SEED', seed)
  console.info('ms', { refusals, answers: quantiles(answered), livez: calibration })
  console.info(`refusals take ${(refusals.p99 / calibration.p99).toFixed(1)} times what /livez takes at p99`, slowest)
  // Otherwise the requests would be too wild to reach anything. Digests and deliveries may have been deleted by now.
  const answering = Object.keys(description.paths).filter(
    (path) => path.startsWith('/api/v') && !/\{(digest|delivery)/.test(path),
  )
  const reached = (operation: string) => [200, 304].some((status) => operations.get(operation)?.has(status))
  const gets = answering.filter((path) => description.paths[path]!.get).map((path) => `GET ${path}`)
  for (const operation of gets) if (!reached(operation)) await ask(500, operation, () => reached(operation))
  expect(gets.filter((operation) => !reached(operation))).toEqual([])
  expect(statuses.get(422)).toBeGreaterThan((statuses.get(200) ?? 0) / 20)
}, 900_000)

test('nothing is left running in the database, and no client is kept', async () => {
  const running = await many(
    database.pool,
    `select query from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and (state <> 'idle' or xact_start is not null)
       and backend_type = 'client backend'`,
  )
  expect(running).toEqual([])
  expect(database.pool.totalCount - database.pool.idleCount).toBe(0)
  expect(database.pool.waitingCount).toBe(0)
})
