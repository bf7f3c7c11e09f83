// The workbook as an office program that knows nothing of us opens it: types, formats, layout.
import { beforeAll, describe, expect, test } from 'vitest'
import { noteOf, type DigestMetric } from '../../src/digests/snapshot/snapshot.ts'
import { workbookOf } from '../../src/digests/files/workbook.ts'
import { collected } from '../../src/files/chunks.ts'
import { hasOffice, openInOffice, type OfficeBook, type OfficeCell } from '../support/office.ts'
import { acme } from './fixture.ts'

const titleOf = (name: DigestMetric) => noteOf(acme, name).title

describe.skipIf(!hasOffice())('opened in LibreOffice', () => {
  let book: OfficeBook
  beforeAll(async () => {
    ;[book] = (await openInOffice([{ name: 'digest.xlsx', content: await collected(workbookOf(acme)) }])) as [OfficeBook]
  })

  const columnsOf = (sheet: string) => book.get(sheet)![3]!.map(({ shown }) => shown)
  /** The cell of a row, by what its first cell shows, and of a column by its heading. */
  const cell = (sheet: string, row: string, column: string): OfficeCell | undefined =>
    book.get(sheet)!.find(([first]) => first?.shown === row)?.[columnsOf(sheet).indexOf(column)]
  const shown = (sheet: string, row: string, ...columns: string[]) =>
    columns.map((column) => {
      const found = cell(sheet, row, column)
      return [found?.type ?? 'empty', found?.shown ?? '']
    })

  test('all sheets are there, and no cell is a formula or an error', () => {
    expect([...book.keys()]).toEqual([
      'Summary',
      'Agents',
      'Teams',
      'Inboxes',
      'Labels',
      'Daily',
      'Hours',
      'CSAT',
      'Bots',
      'Definitions',
      'About',
    ])
    const cells = [...book.values()].flat(2)
    expect(cells.filter(({ formula, shown: text }) => formula !== undefined || /^(#|Err:)/.test(text))).toEqual([])
    expect(cells.length).toBeGreaterThan(1000)
  })

  test('counts, durations, changes, shares and ids are numbers that show what they are', () => {
    expect(shown('Agents', 'Ana Ruiz', 'Conversations', 'Conversations Δ', 'Conversations Δ %', 'Id')).toEqual([
      ['float', '71'],
      ['float', '+7'],
      ['percentage', '+10.9%'],
      ['float', '1'],
    ])
    expect(shown('Agents', 'Ana Ruiz', 'First response time', 'First response time Δ min')).toEqual([
      ['time', '0:09:40'],
      ['float', '-2.6'],
    ])
    const resolution = book.get('Summary')!.find((row) => row[1]?.shown === '5:40:00')!
    expect(resolution.slice(1, 5).map(({ type, shown: text }) => [type, text])).toEqual([
      ['time', '5:40:00'],
      ['time', '5:41:00'],
      ['float', '-1.0'],
      ['percentage', '-0.3%'],
    ])
    expect(shown('Summary', titleOf('csat_score'), columnsOf('Summary')[1]!, columnsOf('Summary')[3]!)).toEqual([
      ['percentage', '91.7%'],
      ['float', '+2.8'],
    ])
    expect(shown('Summary', titleOf('incoming_messages_count'), columnsOf('Summary')[1]!)).toEqual([['float', '2,317']])
  })

  test('dates are dates', () => {
    const dates = book.get('Daily')!.slice(4).map(([first]) => [first?.type, first?.value, first?.shown])
    expect(dates).toHaveLength(14)
    expect(dates).toContainEqual(['date', '2026-05-04', '2026-05-04'])
    expect(new Set(dates.map(([type]) => type))).toEqual(new Set(['date']))
  }) // prettier-ignore

  test('what is missing is empty, names are text, notes say why', () => {
    expect(shown('Agents', 'Kim Lee', 'Conversations Δ', 'Conversations Δ %', 'Note')).toEqual([
      ['empty', ''],
      ['empty', ''],
      ['string', 'new since 2026-05-06'],
    ])
    expect(shown('Agents', 'Ivy Park', 'First response time')).toEqual([['empty', '']])
    expect(cell('Agents', 'Sofía Fernández', columnsOf('Agents')[0]!)).toMatchObject({ type: 'string' })
  })

  test('the totals of the heatmap are the sums of what they stand above', () => {
    const [total, , ...rows] = book.get('Hours')!.slice(2)
    expect(rows).toHaveLength(7)
    for (let column = 1; column <= 25; column++)
      expect(Number(total![column]!.value)).toBe(rows.reduce((sum, row) => sum + Number(row[column]!.value), 0))
  })
})
