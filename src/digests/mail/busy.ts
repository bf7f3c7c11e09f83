import { daysIn } from './dates.ts'
import { count, decimal } from './format.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

/** An hour of the week with how many conversations began in it: of all its days, or on average where there are several. */
export interface BusyHour {
  /** 0 = Sunday. */
  weekday: number
  hour: number
  conversations: number
}

/** Whether hours are means per day: in more than a week some weekdays come more often than others. */
export function isMean({ period }: Pick<Snapshot, 'period'>): boolean {
  return daysIn(period) > 7
}

/** New conversations by weekday (from the first one of the week on) and hour; a row of nulls for weekdays that do not occur. */
export function busyRows(snapshot: Snapshot): (number | null)[][] {
  const times = weekdaysIn(snapshot)
  return snapshot.hours.map((row, i) => {
    const days = times[(snapshot.firstWeekday + i) % 7] as number
    return row.map((value) => (days === 0 ? null : isMean(snapshot) ? value / days : value))
  })
}

/** How often each weekday, from Sunday, occurs in the period. */
function weekdaysIn({ period }: Snapshot): number[] {
  const first = new Date(period.firstDate).getUTCDay()
  const days = daysIn(period)
  return Array.from({ length: 7 }, (_, weekday) => Math.floor((days + 6 - ((weekday - first + 7) % 7)) / 7))
}

/** The hour in which most conversations began; undefined when none did. The earlier one of equals. */
export function busiestHour(snapshot: Snapshot): BusyHour | undefined {
  const busiest = hoursOf(snapshot).reduce((best, hour) => (hour.conversations > best.conversations ? hour : best))
  return busiest.conversations > 0 ? busiest : undefined
}

/** The hour with the fewest new conversations between 9 and 17 on Monday to Friday; undefined where there is no such day. */
export function quietestWorkingHour(snapshot: Snapshot): BusyHour | undefined {
  const working = hoursOf(snapshot).filter(({ weekday, hour }) => weekday >= 1 && weekday <= 5 && hour >= 9 && hour < 17)
  return working.reduce<BusyHour | undefined>(
    (least, hour) => (least && least.conversations <= hour.conversations ? least : hour),
    undefined,
  )
}

function hoursOf(snapshot: Snapshot): BusyHour[] {
  return busyRows(snapshot).flatMap((row, i) =>
    row.flatMap((conversations, hour) =>
      conversations === null ? [] : [{ weekday: (snapshot.firstWeekday + i) % 7, hour, conversations }],
    ),
  )
}

/** When it was busy, in two sentences; empty where nothing came in. */
export function busyText(snapshot: Snapshot): string {
  const words = wordsOf(snapshot.language)
  const busiest = busiestHour(snapshot)
  if (!busiest) return ''
  const quietest = quietestWorkingHour(snapshot)
  const said = (found: BusyHour) =>
    words.busy.hour(daysIn(snapshot.period) === 1 ? '' : words.dates.weekdays[found.weekday]!, found.hour)
  const number = ({ conversations: n }: BusyHour) =>
    isMean(snapshot) ? words.busy.mean(hourValue(words, snapshot, n)) : words.busy.sum({ n, text: count(words, n) })
  return [
    words.busy.busiest(said(busiest), number(busiest)),
    ...(quietest ? [words.busy.quietest(said(quietest), number(quietest))] : []),
  ].join(' ')
}

/** How many conversations, whole or on average. */
export function hourValue(words: Words, snapshot: Snapshot, conversations: number): string {
  return isMean(snapshot) ? decimal(words, conversations, 1) : count(words, conversations)
}
