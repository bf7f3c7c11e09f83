// The promise: every route that is Chatwoot's answers as the reference says, to the key and the line, before anything is
// rolled, in the middle of it and afterwards; and each rule of the reference has a row here that would give it away.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { rollEverything, serve } from '../http/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { expected, families, given } from './answers.ts'
import { breakRule, deskRows, openGoldenDesk } from './desk.ts'

vi.hoisted(() => (process.env.TIDEMARK_CLOCK = '2025-11-12T12:00:00Z'))
const NOW = Date.parse('2025-11-12T12:00:00Z') / 1000
/** Monday noon in the middle of the range, on no boundary of a day. */
const MIDDLE = Date.parse('2025-10-27T16:00:00Z') / 1000

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openGoldenDesk()
  app = serve(database.pool, { clock: () => NOW, chatwootUrl: 'https://desk.example.com' })
})
afterAll(async () => {
  await app?.close()
  await database?.drop()
})

/** One of each family after the other, so that what a row changes is asked for early. */
const all = Array.from({ length: 200 }, (_, i) => Object.values(families).flatMap((family) => family.slice(i, i + 1))).flat()

async function rollTheFirstHalf() {
  const asked = await requestBackfill(database.pool, { accountId: 1, since: -Infinity, until: MIDDLE, reason: 'half' })
  await runBackfill(database.pool, 1, asked.id)
}

describe.each([
  ['before anything is rolled', async () => {}, 'raw'],
  ['half rolled', rollTheFirstHalf, 'mixed'],
  ['rolled', () => rollEverything(database.pool), 'rollup'],
] as const)('%s', (_when, prepare, source) => {
  beforeAll(prepare)

  test.each(Object.entries(families))('%s', async (_family, golden) => {
    for (const one of golden) {
      expect((await given(app, one)).text, `${one.about}: ${one.ask}`).toBe(expected(one))
    }
  })

  test(`answers are made that way: ${source}`, async () => {
    const sources = new Set<string | undefined>()
    for (const one of families['summaries']!) sources.add((await given(app, one)).source)
    expect(sources).toContain(source)
  })
})

describe('every rule can fail', () => {
  test('all golden answers are asked for', () => expect(all).toHaveLength(Object.values(families).flat().length))

  // The request that gave a row away the last time is asked first, then all others. Those of a rule that has none yet, or whose
  // row tells elsewhere now, are found by the search; TIDEMARK_TELLING=write keeps what it has found.
  const path = join(import.meta.dirname, 'telling.json')
  const telling = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
  const nameOf = ({ about, ask }: (typeof all)[number]) => `${about}: ${ask}`
  const keep = process.env.TIDEMARK_TELLING === 'write'
  afterAll(() => {
    if (keep) writeFileSync(path, `${JSON.stringify(telling, null, 2)}\n`)
  })

  test.each(deskRows.map((one) => [one.table, String(one.row['id']), one.rule, one] as const))(
    '%s %s: %s',
    async (table, id, rule, one) => {
      const key = `${table} ${id}: ${rule}`
      const restore = await breakRule(database.pool, one)
      const different = await firstDifference([...all.filter((each) => nameOf(each) === telling[key]), ...all])
      expect(different, 'no answer changes').toBeDefined()
      telling[key] = nameOf(different!)
      await restore()
      expect((await given(app, different!)).text, 'after the row was put back').toBe(expected(different!))
    },
  )

  async function firstDifference(asked: typeof all) {
    for (const one of asked) if ((await given(app, one)).text !== expected(one)) return one
    return undefined
  }
})
