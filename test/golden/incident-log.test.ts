// The promise: of a year of a real service desk every route says what its raw rows say, before a roll and afterwards.
// incident-log.sql asks the rows; incident-log.json is what they said when that was written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { attach } from '../../src/source/attach.ts'
import { rollEverything, serve } from '../http/desk.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { incidentLog } from '../support/incident-log.ts'
import { announceMissing, sharedFolder } from '../support/shared.ts'

// The Monday after the week that most requests are about: traffic ends where that week does, and nothing is rolled after it.
vi.hoisted(() => (process.env.TIDEMARK_CLOCK = '2016-03-14T12:00:00Z'))
const NOW = Date.parse('2016-03-14T12:00:00Z') / 1000

const shared = sharedFolder()
if (!shared) announceMissing('the golden answers of a real desk')

interface Asked {
  ask: string
  only: string | undefined
  statement: string
}

const [setup = '', ...blocks] = readFileSync(join(import.meta.dirname, 'incident-log.sql'), 'utf8')
  .split('-- SETUP\n')[1]!
  .split('-- GET ')
const questions: Asked[] = blocks.map((block) => {
  const [ask = '', ...lines] = block.trim().split('\n')
  const only = /^-- only: (\w+)$/.exec(lines[0] ?? '')?.[1]
  return { ask, only, statement: lines.slice(only ? 1 : 0).join('\n') }
})
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'incident-log.json'), 'utf8')) as Record<string, unknown>

describe.skipIf(!shared)('the incident log', () => {
  let database: TestDatabase
  let app: App
  beforeAll(async () => {
    database = await createDatabase({ template: await incidentLog(shared!) })
    await database.pool.query(readFileSync(join(import.meta.dirname, '../support/incident-extras.sql'), 'utf8'))
    await database.pool.query(setup)
    await attach(database.pool, database.url)
    app = serve(database.pool, { clock: () => NOW })
  }, 120_000)
  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  test('every request has its golden answer, and no other', () => {
    expect(questions.map(({ ask }) => ask).sort()).toEqual(Object.keys(golden).sort())
  })

  test.each(questions.map((one) => [one.ask, one] as const))('the rows say so: %s', async (ask, { statement }) => {
    const [row] = await many<{ body: unknown }>(database.pool, statement)
    expect(rounded(row!.body)).toEqual(rounded(golden[ask]))
  })

  describe.each([
    ['before a roll', async () => {}],
    ['rolled', () => rollEverything(database.pool, Date.parse('2017-03-01T00:00:00Z') / 1000)],
  ] as const)('%s', (_when, prepare) => {
    beforeAll(prepare, 240_000)

    test.each(questions.map((one) => [one.ask, one] as const))('%s', async (ask, { only }) => {
      const answer = await app.inject({ url: ask, headers: { api_access_token: 'incident-desk-admin-token' } })
      expect(answer.statusCode).toBe(200)
      const isFile = String(answer.headers['content-type']).startsWith('text/csv')
      const body: unknown = isFile ? answer.body : answer.json()
      expect(rounded(only ? (body as Record<string, unknown>)[only] : body)).toEqual(rounded(golden[ask]))
    })
  })

  test('the figures that anyone can count by hand', () => {
    const [week] = Object.values(golden) as [Record<string, unknown> & { previous: Record<string, unknown> }]
    expect(week).toMatchObject({ conversations_count: 2073, incoming_messages_count: 4965, outgoing_messages_count: 4606, resolutions_count: 1489 }) // prettier-ignore
    expect(week['avg_resolution_time']).toBeCloseTo(203277.824, 3)
    expect(week['avg_first_response_time']).toBeCloseTo(79871.336, 3)
    expect(week.previous).toMatchObject({ conversations_count: 1858, resolutions_count: 876 })
    expect(week.previous['avg_resolution_time']).toBeCloseTo(73589.521, 3)
  })
})

/** Lists with ids in their order, as lists of entities have none; averages to a millionth, as sums of doubles differ by order. */
function rounded(body: unknown): unknown {
  if (typeof body === 'number') return Number(body.toPrecision(12))
  if (Array.isArray(body)) {
    const key = (row: unknown) => JSON.stringify([(row as { id?: number }).id ?? 0, (row as { name?: string }).name ?? ''])
    const byKey = body.every((row) => row !== null && typeof row === 'object' && 'id' in row)
    return (byKey ? body.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) : body).map(rounded)
  }
  if (body === null || typeof body !== 'object') return body
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, rounded(value)]))
}
