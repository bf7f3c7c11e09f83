// Reports of our own as files: the figures of the JSON, in the format that was asked for.
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { parseCsv } from '../support/csv.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, serve, type Given } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = (name: string, query: Given = {}, headers: Record<string, string> = {}) =>
  get(app, `/api/v1/accounts/1/reports/${name}`, name.startsWith('live') ? query : { ...WEEK, ...query }, { api_access_token: 'token-1', ...headers }) // prettier-ignore
/** A CSV answer as objects. */
async function rowsOf(name: string, query: Given = {}) {
  const { statusCode, body } = await ask(name, { ...query, format: 'csv' })
  expect([statusCode, statusCode === 200 ? '' : body]).toEqual([200, ''])
  const [header = [], ...rows] = parseCsv(body.slice(1))
  return rows.map((row) => Object.fromEntries(header.map((key, i) => [key, row[i]!])))
}
const json = async (name: string, query: Given = {}) => (await ask(name, query)).json()

const DISPOSITION = (name: string) => `attachment; filename*=UTF-8''${name}_2026-06-08_2026-06-15`
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

describe('which format', () => {
  test.each<[string, Given, Record<string, string>, string]>([
    ['agents', {}, {}, 'application/json'],
    ['agents', { format: 'json' }, { accept: 'text/csv' }, 'application/json'],
    ['agents', { format: 'csv' }, {}, 'text/csv'],
    ['agents.csv', {}, {}, 'text/csv'],
    ['agents', {}, { accept: 'text/csv' }, 'text/csv'],
    ['agents', {}, { accept: '*/*' }, 'application/json'],
    ['agents', {}, { accept: 'application/json, text/csv;q=0.5' }, 'application/json'],
    ['agents', {}, { accept: `${XLSX}, text/csv;q=0.5` }, XLSX],
    ['agents', { format: 'xlsx' }, { accept: 'text/csv' }, XLSX],
  ])('%s with %j and %j', async (name, query, headers, type) => {
    const answer = await ask(name, query, headers)
    expect(answer.statusCode).toBe(200)
    expect(String(answer.headers['content-type']).split(';')[0]).toBe(type)
    expect(answer.headers['x-report-source']).toMatch(/rollup|mixed|raw/)
    expect(answer.headers['content-disposition']).toBe(
      type === 'application/json' ? undefined : `${DISPOSITION('agents')}.${type === XLSX ? 'xlsx' : 'csv'}`,
    )
    expect(answer.headers.vary).toMatch(/accept/)
  })

  test.each<[Given, RegExp]>([
    [{ format: 'pdf' }, /format: must be one of json, csv, xlsx/],
    [{ format: 'csv', delimiter: '|' }, /delimiter: must be one of comma, semicolon, tab/],
    [{ format: 'csv', bom: 'no' }, /bom: must be one of 0, 1/],
    [{ format: 'csv', metrics: 'nope' }, /There is no metric/],
  ])('%j is refused with what there is', async (query, message) => {
    const answer = await ask('agents', query)
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json<{ detail: string }>().detail).toMatch(message)
  })

  test('a byte order mark unless it is unwanted, and the delimiter that is', async () => {
    expect((await ask('agents', { format: 'csv' })).body).toMatch(/^\ufeffaccount_id,period_start,/)
    const { body } = await ask('agents', { format: 'csv', bom: '0', delimiter: 'tab' })
    expect(body).toMatch(/^account_id\tperiod_start\t/)
    expect(parseCsv(body, '\t')).toHaveLength(1 + 4)
  })

  test('dates in file names are those of the zone that is asked for', async () => {
    const name = async (timezone: string) =>
      (await ask('agents', { since: '2026-06-08', until: '2026-06-15', timezone, format: 'csv' })).headers['content-disposition']
    expect(await name('Pacific/Auckland')).toBe(`attachment; filename*=UTF-8''agents_2026-06-08_2026-06-14.csv`)
    expect((await ask('live', { format: 'csv' })).headers['content-disposition']).toBe(
      `attachment; filename*=UTF-8''live_2026-06-15.csv`,
    )
  })

  test('HEAD has the headers and no body', async () => {
    const url = `/api/v1/accounts/1/reports/agents.csv?since=${WEEK.since}&until=${WEEK.until}`
    const answer = await app.inject({ method: 'HEAD', url, headers: { api_access_token: 'token-1' } })
    expect([answer.statusCode, answer.body]).toEqual([200, ''])
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  })
})

type Figure = { value: number | null; n: number; within_target?: { target: number; value: number | null; n: number } }
type Figures = Record<string, Figure & { previous?: Figure }>
const cell = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value))

/** What a row says of figures, by the names that its columns ought to have. */
function expected(figures: Figures): Record<string, string> {
  const cells: Record<string, string> = {}
  const seconds = /_time$/
  for (const [metric, { previous, ...now }] of Object.entries(figures)) {
    for (const [prefix, figure] of [['', now], ['previous_', previous]] as const) {
      if (!figure) continue
      cells[`${prefix}${metric}${seconds.test(metric) ? '_s' : ''}`] = cell(figure.value)
      if (!metric.endsWith('_count')) cells[`${prefix}n_${metric}`] = cell(figure.n)
      if (!figure.within_target) continue
      cells[`${prefix}target_${metric}_s`] = cell(figure.within_target.target)
      cells[`${prefix}within_target_${metric}`] = cell(figure.within_target.value)
      cells[`${prefix}n_within_target_${metric}`] = cell(figure.within_target.n)
    }
  }
  return cells
} // prettier-ignore

describe('the figures of a file are those of the JSON', () => {
  test.each<[string, Given]>([
    ['agents', { compare: 'previous' }],
    ['inboxes', { target: '8641' }],
    ['teams', { stat: 'p90', business_hours: 'true' }],
    ['labels', { inbox_ids: '1', metrics: 'avg_first_response_time,conversations_count' }],
  ])('%s with %j', async (name, query) => {
    const { rows, period } = await json(name, query)
    const read = await rowsOf(name, query)
    expect(rows.length).toBeGreaterThan(0)
    expect(read).toHaveLength(rows.length)
    for (const [i, { id, name: entity, figures }] of rows.entries()) {
      const guarded = entity === '=1+1' ? `'${entity}` : entity
      expect(read[i]).toMatchObject({ entity_id: String(id), entity_name: guarded, ...expected(figures as Figures) })
      expect(read[i]).toMatchObject({ account_id: '1', period_start: period.start, period_end: period.end, time_zone: 'America/New_York' }) // prettier-ignore
    }
    // Nothing beside what is expected but who and when.
    const own = Object.keys(read[0]!).filter((key) => !(key in expected(rows[0].figures as Figures)))
    expect(own).toEqual([
      'account_id', 'period_start', 'period_end', 'time_zone', 'business_hours', 'stat',
      ...(query.compare ? ['previous_period_start', 'previous_period_end'] : []),
      'dimension', 'entity_id', 'entity_name',
    ]) // prettier-ignore
  })

  test('a summary is one row, of the account or one of its own', async () => {
    const query = { compare: 'previous', target: '8641' }
    const [row, ...more] = await rowsOf('summary', query)
    expect(more).toEqual([])
    expect(row).toMatchObject({ dimension: 'account', entity_id: '1', entity_name: 'Office', ...expected((await json('summary', query)).figures) }) // prettier-ignore
    const [ben] = await rowsOf('summary', { type: 'agent', id: 2 })
    expect(ben).toMatchObject({ dimension: 'agent', entity_id: '2', entity_name: "'=1+1", avg_resolution_time_s: '86400.5' })
  })

  test('a series has a row per bucket, that says what of the range it holds, and rows of its own for the range before', async () => {
    const query = { metrics: 'conversations_count,avg_first_response_time', group_by: 'week', compare: 'previous' }
    const { points, previous } = await json('timeseries', query)
    const rows = await rowsOf('timeseries', query)
    for (const [which, series] of [['current', points], ['previous', previous]] as const) {
      const own = rows.filter((row) => row.period === which)
      expect(own.map((row) => [row.conversations_count, row.avg_first_response_time_s, row.n_avg_first_response_time])).toEqual(
        series.conversations_count.map((point: Figure, i: number) => {
          const time = series.avg_first_response_time[i] as Figure
          return [cell(point.value), cell(time.value), cell(time.n)]
        }),
      )
    }
    expect(rows.filter((row) => row.period === 'current').map((row) => [row.bucket, row.period_start, row.period_end])).toEqual([
      ['2026-06-08', '2026-06-08T08:00:00-04:00', '2026-06-15T00:00:00-04:00'],
      ['2026-06-15', '2026-06-15T00:00:00-04:00', '2026-06-15T08:00:00-04:00'],
    ])
  }) // prettier-ignore

  test('the other reports', async () => {
    const heat = await json('heatmap', { counted: 'messages' })
    expect((await rowsOf('heatmap', { counted: 'messages' })).map((row) => [row.day, row.hour, row.messages_count])).toEqual(
      heat.cells.map(({ day, hour, count }: Record<string, string>) => [day, String(hour), String(count)]),
    )
    const buckets = await json('first_response_buckets')
    expect((await rowsOf('first_response_buckets')).map((row) => [row.bucket, row.first_responses_count])).toEqual(
      buckets.buckets.map(({ bucket, count }: Record<string, string>) => [bucket, String(count)]),
    )
    expect(await rowsOf('outgoing_messages', { by: 'agent', compare: 'previous' })).toMatchObject([
      { dimension: 'agent', entity_id: '2', outgoing_messages_count: '1', previous_outgoing_messages_count: '0' },
    ])
    expect(await rowsOf('inbox_label_matrix')).toMatchObject([
      { inbox_id: '1', inbox_name: 'Site', label_id: '1', label_name: 'billing', conversations_count: '1' },
    ])
    expect(await rowsOf('csat')).toMatchObject([{ dimension: 'account', csat_responses_count: '0', csat_score: '', n_csat_score: '0' }])
    expect(await rowsOf('bots')).toMatchObject([{ total_conversations: '0', bot_resolution_rate: '' }])
    expect(await rowsOf('live')).toMatchObject([{ account_id: '1', at: '2026-06-15T08:00:00-04:00', open: '1', agents_busy: '1' }])
    expect(await rowsOf('drilldown', { metric: 'resolutions_count' })).toMatchObject([
      { metric: 'resolutions_count', kind: 'event', id: '2', value_s: '86400.5', conversation_id: '1', assignee_name: "'=1+1" },
    ])
  }) // prettier-ignore

  test('a workbook has them, too', async () => {
    const { rows, total } = await json('agents', { metrics: 'conversations_count,avg_resolution_time' })
    const answer = await ask('agents', { metrics: 'conversations_count,avg_resolution_time', format: 'xlsx' })
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load(answer.rawPayload as never)
    const sheet = workbook.worksheets[0]!
    const cells = [...rows, { name: 'Account total', figures: total }].map(({ name, figures }) => [name, figures.conversations_count.value])
    const read = (row: number) => [sheet.getCell(row, 1).value, sheet.getCell(row, 2).value]
    expect([...rows.map((_: unknown, i: number) => read(5 + i)), read(3)]).toEqual(cells)
    expect(sheet.getCell(6, 1).type).toBe(ExcelJS.ValueType.String)
  }) // prettier-ignore
})
