import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows } from './case-rows.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice } from './office.ts'

const conversation = (id: number, created_at: string) => ({ id, account_id: 1, inbox_id: 1, created_at })

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  // The office itself has two, on 12 and 13 June at 12:00.
  await insertRows(database.pool, {
    conversations: [
      conversation(10, '2026-06-09T00:00:00Z'),
      conversation(11, '2026-06-08T23:59:59.999Z'),
      conversation(12, '2026-06-14T23:59:59.999Z'),
      conversation(13, '2026-06-15T00:00:00Z'),
      conversation(14, '2026-06-10T05:20:00Z'),
      conversation(15, '2026-06-10T05:40:00Z'),
      conversation(16, '2026-11-01T08:30:00Z'),
      conversation(17, '2026-11-01T09:30:00Z'),
    ],
  })
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const path = '/api/v2/accounts/1/reports/conversation_traffic'
const ask = (query: Given, server = app, suffix = '') =>
  get(server, path + suffix, query, { api_access_token: 'token-1', accept: 'application/json' })
const lines = async (query: Given, server = app) => (await ask(query, server)).body.split('\n')
/** Cells that are not 0, as `date hour` with what they say. */
function filled(file: string[]): Record<string, string> {
  const [, ...dates] = file[3]!.split(',')
  const cells = file.slice(4, -1).flatMap((line) => {
    const [hour, ...values] = line.split(',')
    return values.map((value, i) => [`${dates[i]} ${hour}`, value] as const)
  })
  return Object.fromEntries(cells.filter(([, value]) => value !== '0'))
}

describe.each([false, true])('traffic with rollups: %s', (rolled) => {
  beforeAll(async () => {
    if (rolled) await rollEverything(database.pool, Date.parse('2026-12-01T00:00:00Z') / 1000)
  })

  test('six days before today in UTC, today left out', async () => {
    const answer = await ask({ timezone_offset: '-4' })
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toBe('attachment; filename=conversation_traffic_reports.csv')
    expect(answer.headers['x-report-source']).toBe(rolled ? 'rollup' : 'raw')
    const file = answer.body.split('\n')
    expect(file.slice(0, 5)).toEqual([
      'Timezone,(GMT-04:00) Atlantic Time (Canada)',
      '',
      '',
      'Start of the hour,2026-06-09,2026-06-10,2026-06-11,2026-06-12,2026-06-13,2026-06-14',
      '00:00,1,0,0,0,0,0',
    ])
    expect(file.slice(4).map((line) => line.slice(0, 5))).toEqual([
      ...Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`),
      '',
    ])
    expect(filled(file)).toEqual({
      '2026-06-09 00:00': '1',
      '2026-06-10 05:00': '2',
      '2026-06-12 12:00': '1',
      '2026-06-13 12:00': '1',
      '2026-06-14 23:00': '1',
    })
  })

  test('where hours start on the half hour, the first is 23:00 of the day before and cells are missing', async () => {
    const file = await lines({ timezone_offset: '5.5', days_before: '5' })
    expect(file.slice(0, 6)).toEqual([
      'Timezone,(GMT+05:30) Chennai',
      '',
      '',
      'Start of the hour,2026-06-09,2026-06-10,2026-06-11,2026-06-12,2026-06-13,2026-06-14',
      '23:00,0,0,0,0,0,1',
      '00:00,,0,0,0,0,0',
    ])
    expect(file.length).toBe(4 + 24 + 1)
    // 05:20 is in the hour from 04:30, 05:40 in that from 05:30.
    expect(filled(file)).toMatchObject({ '2026-06-10 04:00': '1', '2026-06-10 05:00': '1', '2026-06-09 12:00': '' })
  })

  test('both passes of a repeated hour are shown, the second with the rows of both', async () => {
    const server = serve(database.pool, { clock: () => Date.parse('2026-11-03T23:00:00Z') / 1000 })
    const file = await lines({ timezone_offset: '-8', days_before: '3' }, server)
    expect(file[0]).toBe('Timezone,(GMT-08:00) Pacific Time (US & Canada)')
    expect(filled(file)).toEqual({ '2026-11-01 09:00': '2' })
    await server.close()
  })

  test('no days is the first hour of today; days are read as Ruby reads numbers', async () => {
    for (const days_before of ['0', 'abc', '-0']) {
      expect((await lines({ timezone_offset: '0', days_before })).slice(3)).toEqual([
        'Start of the hour,2026-06-15',
        '00:00,0',
        '',
      ])
    }
    for (const days_before of ['', ' ', '6abc', '6.9']) {
      expect((await lines({ timezone_offset: '0', days_before }))[3]).toMatch(/^Start of the hour,2026-06-09(,[^,]+){5}$/)
    }
    expect((await ask({ timezone_offset: '0', days_before: '833' })).statusCode).toBe(200)
    for (const days_before of ['834', '-834', '9'.repeat(400)]) {
      const answer = await ask({ timezone_offset: '0', days_before })
      expect([answer.statusCode, answer.json()]).toEqual([422, { error: 'days_before must be a number of days up to 833.' }])
    }
  })

  test.each([
    ['0', '(GMT+00:00) Edinburgh'],
    ['', '(GMT+00:00) Edinburgh'],
    ['abc', '(GMT+00:00) Edinburgh'],
    ['-3.5', '(GMT-03:30) Newfoundland'],
    ['5.75', '(GMT+05:45) Kathmandu'],
    ['12.75', '(GMT+12:45) Chatham Is.'],
    ['-10', '(GMT-10:00) Hawaii'],
    ['7.25', '(GMT+00:00) UTC'],
    ['1e300', '(GMT+00:00) UTC'],
  ])('the offset %j is the zone %s', async (timezone_offset, zone) => {
    expect((await lines({ timezone_offset }))[0]).toBe(`Timezone,${zone}`)
  })

  test('without an offset it is refused; a suffix changes nothing', async () => {
    const answer = await ask({ days_before: '2' })
    expect([answer.statusCode, answer.json()]).toEqual([
      422,
      { error: expect.stringContaining('needs timezone_offset') as string },
    ])
    const file = (await ask({ timezone_offset: '2' })).body
    expect((await ask({ timezone_offset: '2' }, app, '.csv')).body).toBe(file)
    expect((await ask({ timezone_offset: '2' }, app, '.json')).body).toBe(file)
  })
})
