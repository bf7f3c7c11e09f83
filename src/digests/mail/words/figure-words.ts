/** By what counts of periods of unequal length are compared. */
export type Per = 'day' | 'businessDay'

/** How a language writes numbers. */
export interface Numbers {
  group: string
  decimal: string
  plus: string
  minus: string
  /** In front of the largest percentage that is still written out, and of the shortest time. */
  above: string
  below: string
  percent: (number: string) => string
  /** What follows the number of seconds, minutes, hours, days; whatever keeps the two together included. */
  units: Record<'s' | 'm' | 'h' | 'd', string>
  bytes: Record<'kb' | 'mb', string>
}

/** How a language writes dates. */
export interface Dates {
  /** From Sunday, and from January. */
  weekdays: readonly string[]
  weekdaysShort: readonly string[]
  months: readonly string[]
  monthsShort: readonly string[]
  /** A day without its month, as in a range within one month: `4`. */
  day: (day: number) => string
  /** `4 May`; `month` is short. */
  dayMonth: (day: number, month: string) => string
  /** `Mon 4 May`, from a short weekday and what `day` or `dayMonth` gives. */
  withWeekday: (weekday: string, date: string) => string
  /** `Sun 10 May 2026`. */
  withYear: (date: string, year: number) => string
  /** `27 Apr – 3 May` */
  range: (first: string, last: string) => string
}

/** What can be said of figures that are compared; see the delta rules. */
export interface DeltaWords {
  /** `8% more`, `12% faster`, `10% more per day`, `3% fewer per business day`; the word alone where there is no percentage. */
  moved: (unit: 'count' | 'seconds', up: boolean, percent: string | null, per?: Per) => string
  points: (difference: string) => string
  noChange: string
  noChangePer: Record<Per, string>
  noData: string
  noPreviousData: string
  tooFew: string
  previousIncomplete: string
  soFar: string
  gone: string
  nothing: string
  newSince: (date: string) => string
  newWas: (was: string) => string
  was: (value: string) => string
}

/** How figures, dates and their changes are written. */
export interface FigureWords {
  numbers: Numbers
  dates: Dates
  delta: DeltaWords
}
