import type { Instant } from '../clock.ts'
import { DAY } from '../time/zone.ts'

/** Something that gets its id, and is written, in the order of its instant. */
export interface Timed {
  readonly at: Instant
}

/** Rows of one table that wait for their turn. */
export interface Timeline<T extends Timed> {
  add(row: T): void
  /** Takes out the rows of all UTC days that end at or before `until`, in time order; equal instants as they were added. */
  takeDaysBefore(until: Instant): T[]
}

/**
 * Ids count in the order of time, as they do where rows are written when things happen, although conversations are made
 * one after the other and each reaches over days. So rows wait until no earlier one can come any more: some ten days of
 * rows in memory, however long the history is.
 */
export function timeline<T extends Timed>(): Timeline<T> {
  const days = new Map<number, T[]>()
  return {
    add(row) {
      const day = Math.floor(row.at / DAY)
      const rows = days.get(day)
      if (rows) rows.push(row)
      else days.set(day, [row])
    },
    takeDaysBefore(until) {
      const ended = [...days.keys()].filter((day) => (day + 1) * DAY <= until).sort((a, b) => a - b)
      return ended.flatMap((day) => {
        const rows = days.get(day)!.sort((a, b) => a.at - b.at)
        days.delete(day)
        return rows
      })
    },
  }
}
