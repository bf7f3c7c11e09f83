import type { Cell } from '../../files/sheet.ts'
import type { Figure } from '../../rollups/metrics.ts'
import { businessDaysText } from '../mail/business-days.ts'
import { comparisonOf, longPeriod } from '../mail/dates.ts'
import type { Delta } from '../mail/delta.ts'
import { scopeOf } from '../snapshot/scope.ts'
import type { MetricNote, Snapshot } from '../snapshot/snapshot.ts'
import type { Words } from '../mail/words/words.ts'

export const counted = (value: number | null): Cell => ({ value, kind: 'count' })
export const identified = (value: number | null): Cell => ({ value, kind: 'id' })

/** Whether there are figures to compare with: those of a period that is not whole are shown, beside no change. */
export const hasPrevious = ({ comparison }: Snapshot) => comparison === 'full' || comparison === 'partial'

/** The second line of a sheet: period, comparison, zone, clock, what it is restricted to, and business days that differ. */
export const periodNote = (words: Words, snapshot: Snapshot) => {
  const period = longPeriod(words, snapshot.cadence, snapshot.period)
  const clock = snapshot.businessHours ? words.businessHours : words.allHours
  const compared = comparisonOf(words, snapshot)
  return [
    compared ? words.list([period, compared]) : period,
    snapshot.zone,
    clock,
    scopeOf(words, snapshot),
    businessDaysText(words, snapshot),
  ]
    .filter(Boolean)
    .join(' · ')
}

export function valueCell({ unit }: MetricNote, { value }: Figure): Cell {
  return { value, kind: unit }
}

/** Δ in the metric's unit and Δ %; empty where there is nothing fair to compare. */
export function changeCells(
  { unit, direction }: MetricNote,
  { absolute, relative }: Pick<Delta, 'absolute' | 'relative'>,
): [Cell, Cell] {
  return [
    { value: absolute, kind: `${unit} change`, direction },
    { value: relative, kind: 'share change', direction },
  ]
}
