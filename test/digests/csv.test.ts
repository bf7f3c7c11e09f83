import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dailyCsv, periodCsv } from '../../src/digests/files/csv.ts'
import type { Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { collected } from '../../src/files/chunks.ts'
import { guarded } from '../../src/files/csv.ts'
import { parseCsv } from '../support/csv.ts'
import { formulas } from './corpus.ts'
import { acme, acmeWith, at, entity } from './fixture.ts'

async function read(snapshot: Snapshot, csv = periodCsv) {
  const text = (await collected(csv(snapshot))).toString()
  expect(text.charCodeAt(0)).toBe(0xfeff)
  const [header = [], ...rows] = parseCsv(text.slice(1))
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] as string])))
}

test('a row per period and account, agent, team, inbox, label, with stable names and plain numbers', async () => {
  const rows = await read(acme)
  expect(rows).toHaveLength(2 * (1 + 12 + 3 + 3 + 6))
  expect(rows[0]).toMatchObject({
    account_id: '7',
    period_start: '2026-05-04T00:00:00+02:00',
    period_end: '2026-05-11T00:00:00+02:00',
    time_zone: 'Europe/Berlin',
    business_hours: 'false',
    dimension: 'account',
    entity_id: '7',
    entity_name: 'Acme Support',
    conversations_count: '512',
    avg_first_response_time_s: '842',
    n_avg_first_response_time: '468',
    csat_score: '91.6667',
    n_csat_score: '96',
  })
  const kim = rows.filter((row) => row.entity_name === 'Kim Lee')
  expect(
    kim.map((row) => [row.period_start?.slice(0, 10), row.avg_first_response_time_s, row.n_avg_first_response_time]),
  ).toEqual([
    ['2026-05-04', '672', '19'],
    ['2026-04-27', '', '0'],
  ])
})

test('a row per local date of both weeks', async () => {
  const rows = await read(acme, dailyCsv)
  expect(rows.map((row) => row.date)).toEqual(expect.arrayContaining(['2026-04-27', '2026-05-10']))
  expect(rows).toHaveLength(14)
  expect(rows.find((row) => row.date === '2026-05-05')).toMatchObject({
    conversations_count: '104',
    avg_first_response_time_s: '804',
  })
  expect(rows.find((row) => row.date === '2026-05-10')).toMatchObject({
    conversations_count: '27',
    avg_first_response_time_s: '',
  })
})

test('a first digest has no rows of a week before', async () => {
  expect(await read(acmeWith({ comparison: 'none' }))).toHaveLength(25)
})

test('offsets west of Greenwich and of half hours are written as such', async () => {
  const period = { ...acme.period, since: at('2026-05-04T00:00', -12_600) }
  expect((await read(acmeWith({ period })))[0]?.period_start).toBe('2026-05-04T00:00:00-03:30')
})

test('no name is left that a spreadsheet program takes for a formula, and every name can be read back', async () => {
  const agents = formulas.map((name, i) => entity(i + 1, name, [1, 0], [0, 0]))
  const rows = (await read(acmeWith({ tables: { ...acme.tables, agents } }))).filter((row) => row.dimension === 'agent')
  expect(rows.slice(0, formulas.length).map((row) => row.entity_name)).toEqual(
    formulas.map((name) => (name === '%0A=1+1' ? name : `'${name}`)),
  )
})

test('numbers are never guarded, harmless names neither', async () => {
  for (const name of ['Ana', '', 'a=b', 'x-y', 'R&D', 'mail@example.com', '日本', '(=', '1-2']) expect(guarded(name)).toBe(name)
  const pair = { current: { value: -42, n: 10 }, previous: { value: 5, n: 10 } }
  const totals = { ...acme.totals, avg_first_response_time: pair }
  expect((await read(acmeWith({ totals })))[0]?.avg_first_response_time_s).toBe('-42')
})

test('whatever the names are, what is read back is what was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 20 }), async (names) => {
      const agents = names.map((name, i) => entity(i + 1, name, [1, 0], [0, 0]))
      const rows = (await read(acmeWith({ tables: { ...acme.tables, agents } }))).filter((row) => row.dimension === 'agent')
      // A lone surrogate cannot be written as UTF-8 and becomes the replacement character.
      expect(rows.slice(0, names.length).map((row) => row.entity_name)).toEqual(
        names.map((name) => Buffer.from(guarded(name)).toString()),
      )
    }),
    { numRuns: 500 },
  )
})
