import type { Flow } from './chunks.ts'

export type Unit = 'count' | 'seconds' | 'percent' | 'rating'

/**
 * How a cell is shown: in a unit, as a difference of two figures, as a share, as a date (`2026-05-04`), as a moment on some
 * wall clock (`2026-05-04T13:00:00`), as an id, or as text.
 */
export type Kind = Unit | `${Unit} change` | 'share change' | 'date' | 'moment' | 'id' | 'text'

/** A cell in its own unit (seconds, percent 0-100); null is an empty cell, never 0. */
export interface Cell {
  value: string | number | null
  kind: Kind
  /** On a change: which way is better. */
  direction?: 'higher' | 'lower' | 'neither'
}

/**
 * A table of a workbook: a title, a note, a row of totals (empty for none), the header, the rows. Rows beyond what one sheet
 * holds go on, below the same head, on a sheet of the same name and `(2)`.
 */
export interface Sheet {
  name: string
  title: string
  note: string
  header: string[]
  total: Cell[]
  rows: Flow<Cell[]>
  /** Columns (from 0) shaded from the least to the most. */
  shaded?: [first: number, last: number]
}

/** A sheet to be read, not filtered. Widths are in characters. */
export interface TextSheet {
  name: string
  widths: number[]
  rows: Cell[][]
}

export const text = (value: string): Cell => ({ value, kind: 'text' })
