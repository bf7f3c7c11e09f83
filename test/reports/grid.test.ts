import { expect, test } from 'vitest'
import { gridOf } from '../../src/reports/tables/grid.ts'
import type { Table } from '../../src/reports/tables/tabular.ts'
import { plainTable } from './tables.ts'

const values = (table: Table) => gridOf(table).rows.map((row) => row.map(({ value }) => value))

test('one record is a line per metric, with what is said of it side by side', () => {
  const figure = (of: string, facet: 'value' | 'n', previous = false) => ({ of, facet, previous })
  const table: Table = {
    ...plainTable,
    columns: [
      { key: 'dimension', title: 'Of', unit: 'text', forPrograms: true },
      { key: 'a', title: 'A', unit: 'count', figure: figure('A', 'value') },
      { key: 'previous_a', title: 'A before', unit: 'count', figure: figure('A', 'value', true) },
      { key: 'b_s', title: 'B', unit: 'seconds', figure: figure('B', 'value') },
      { key: 'n_b', title: 'B n', unit: 'count', figure: figure('B', 'n') },
    ],
    rows: [['account', 3, 4, null, 0]],
    layout: 'record',
  }
  expect(gridOf(table).header.map(({ title }) => title)).toEqual(['Figure', 'Value', 'Value before', 'n'])
  expect(values(table)).toEqual([
    ['A', 3, 4, ''],
    ['B', null, '', 0],
  ])
  expect(gridOf(table).rows[1]![1]).toEqual({ value: null, unit: 'seconds' })
})

test('a column becomes headings; lines of the same name but another id stay apart', () => {
  const table: Table = {
    ...plainTable,
    columns: [
      { key: 'inbox_id', title: 'Inbox id', unit: 'id' },
      { key: 'inbox_name', title: 'Inbox', unit: 'text' },
      { key: 'label_name', title: 'Label', unit: 'text' },
      { key: 'n', title: 'N', unit: 'count' },
    ],
    rows: [
      [1, 'Site', 'bug', 1],
      [1, 'Site', 'fee', 2],
      [2, 'Site', 'bug', 3],
      [2, 'Site', 'fee', 4],
    ],
    layout: { down: ['inbox_id', 'inbox_name'], across: 'label_name', cells: 'n' },
  }
  expect(gridOf(table).header.map(({ title }) => title)).toEqual(['Inbox', 'bug', 'fee'])
  expect(values(table)).toEqual([
    ['Site', 1, 2],
    ['Site', 3, 4],
  ])
})
