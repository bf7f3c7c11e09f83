import { describe, expect, test } from 'vitest'
import { prefersCsv, formatOf, withoutSuffix } from '../../src/http/format.ts'
import { MAX_URL, parseQuery } from '../../src/http/query.ts'
import { flagOf, groupingOf, idOf, idsOf, wholeOf, pageOf, rangeOf, seriesQuery } from '../../src/http/request.ts'

describe('query strings', () => {
  test('a name that comes once is text; brackets and repeats make a list', () => {
    expect({ ...parseQuery('since=1&until=2&inbox_ids[]=1&inbox_ids[]=2&id=1&id=2&id=3&a[b]=c&empty=&bare') }).toEqual({
      since: '1',
      until: '2',
      inbox_ids: ['1', '2'],
      id: ['1', '2', '3'],
      a: ['c'],
      empty: '',
      bare: '',
    })
  })

  test('names of the language itself are only names', () => {
    const query = parseQuery('__proto__=1&constructor=2&__proto__[x]=3&toString=4')
    expect(Object.keys(query).sort()).toEqual(['__proto__', 'constructor', 'toString'])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('one that is too long is not read at all', () => {
    expect({ ...parseQuery(`since=${'1'.repeat(MAX_URL)}`) }).toEqual({})
  })

  test.each(['since[]=1', 'since=1&since=2', 'type[x]=account', 'metric=a%00b'])('%s does not pass for one text', (text) => {
    expect(seriesQuery.safeParse(parseQuery(text)).success).toBe(false)
  })
})

describe('ranges', () => {
  test.each([
    ['1772427600', 1772427600],
    ['1772427600.999', 1772427600],
    [' 1772427600 ', 1772427600],
    ['0', 0],
    ['-1.5', -1],
    ['4102444800', 4102444800],
  ])('since=%s is the instant %d', (text, instant) => {
    expect(rangeOf({ since: text, until: '5' })).toEqual({ since: instant, until: 5 })
  })

  test.each([
    'abc',
    '2026-03-02',
    '12abc',
    '1e9',
    'NaN',
    'Infinity',
    '4102444801',
    '1772427600000',
    '9'.repeat(400),
    '0x10',
    '--1',
  ])('until=%s is refused with a sentence', (text) => {
    expect(() => rangeOf({ since: '1', until: text })).toThrow(/until must be Unix seconds/)
  })

  test('an end that is missing or empty leaves no range', () => {
    expect([
      rangeOf({}),
      rangeOf({ since: '1' }),
      rangeOf({ since: '', until: '2' }),
      rangeOf({ since: '1', until: ' ' }),
    ]).toEqual(Array(4).fill(undefined))
  })
})

test('business_hours is off for nothing, false, f, 0 and off, and on for every other text', () => {
  expect(['', 'false', 'FALSE', 'False', 'f', 'F', '0', 'off', 'OFF'].map(flagOf)).toEqual(Array(9).fill(false))
  expect(flagOf(undefined)).toBe(false)
  expect(['true', '1', 'no', 'abc', 'on', ' ', '00'].map(flagOf)).toEqual(Array(7).fill(true))
})

test('whatever is no grouping means day', () => {
  expect(['hour', 'day', 'week', 'month', 'year', 'Week', 'quarter', '', undefined].map(groupingOf)).toEqual(
    ['hour', 'day', 'week', 'month', 'year', 'day', 'day', 'day', 'day'], // prettier-ignore
  )
})

test('an id is the number that the text starts with', () => {
  expect(['7', ' 7 ', '7abc', '+7', '7.9', '007', '1e3', '1_0', '1__0', '3000000000'].map(idOf)).toEqual(
    [7, 7, 7, 7, 7, 7, 1, 10, 1, 3_000_000_000], // prettier-ignore
  )
  const none = ['', 'abc', '-1', '_1', '+ 1', '٣', '9'.repeat(16), '9'.repeat(30), undefined]
  expect(none.map((text) => idOf(text))).toEqual(Array(none.length).fill(NaN))
})

test('a list of ids is all that are some; a missing one is none at all', () => {
  expect(['', ' ', undefined].map((given) => idsOf('ids', given))).toEqual([undefined, undefined, undefined])
  expect(idsOf('ids', '7')).toEqual([7])
  expect(idsOf('ids', ['1', '2abc', '', 'x', '-3', '9'.repeat(30)])).toEqual([1, 2])
  expect(idsOf('ids', [''])).toEqual([])
  expect(() => idsOf('ids', Array<string>(1001).fill('1'))).toThrow('ids[] takes at most 1000 ids')
})

test('a page is a number from 1, a whole number what the text starts with', () => {
  expect(['3', '0', '-1', 'abc', '', undefined, '1.9'].map((given) => pageOf(given))).toEqual([3, 1, 1, 1, 1, 1, 1])
  expect(() => pageOf('9'.repeat(15))).toThrow('page must be at most 2147483647')
  expect(['6', ' -6x', '+1_000', 'x', '', '6.9'].map(wholeOf)).toEqual([6, -6, 1000, 0, 0, 6])
})

describe('formats', () => {
  const request = (originalUrl: string, accept?: string) => ({ originalUrl, headers: accept === undefined ? {} : { accept } })

  test('a suffix is taken off the path of the API only, and never off a query', () => {
    expect(withoutSuffix('/api/v2/accounts/1/reports/agents.csv?since=1.csv')).toBe(
      '/api/v2/accounts/1/reports/agents?since=1.csv',
    )
    expect(withoutSuffix('/api/v2/accounts/1/reports.json')).toBe('/api/v2/accounts/1/reports')
    expect(withoutSuffix('/api/v2/accounts/1/reports/agents.xml')).toBe('/api/v2/accounts/1/reports/agents.xml')
    expect(withoutSuffix('/openapi.json')).toBe('/openapi.json')
  })

  test('the suffix wins over format=, that over Accept, that over the default', () => {
    expect(formatOf(request('/x/agents.csv?a', 'application/json'), 'json', 'json')).toBe('csv')
    expect(formatOf(request('/x/agents', 'text/csv'), 'json', 'json')).toBe('json')
    expect(formatOf(request('/x/agents', 'text/csv'), undefined, 'json')).toBe('csv')
    expect(formatOf(request('/x/agents', 'text/csv'), 'xlsx', 'json')).toBe('csv')
    expect(formatOf(request('/x/agents'), undefined, 'csv')).toBe('csv')
    // What axios sends from Chatwoot's pages, which want the file.
    expect(formatOf(request('/x/agents', 'application/json, text/plain, */*'), undefined, 'csv')).toBe('csv')
  })

  test('Accept means CSV when it names it no later than JSON', () => {
    expect(['text/csv', 'TEXT/CSV; q=0.5', 'text/csv, application/json;q=0.9'].map(prefersCsv)).toEqual([true, true, true])
    expect(['*/*', 'application/json, text/csv;q=0.5', 'text/csv;q=0', 'text/csv;q=x', ''].map(prefersCsv)).toEqual(
      Array(5).fill(false),
    )
  })
})
