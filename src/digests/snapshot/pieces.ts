import { dayMonth, daysIn, weekday } from '../mail/dates.ts'
import { count } from '../mail/format.ts'
import type { AdditiveMetric } from '../../rollups/metrics.ts'
import type { Day, Snapshot } from './snapshot.ts'
import { wordsOf } from '../mail/words/choose.ts'
import type { Words } from '../mail/words/words.ts'

/** A piece of a period with the conversations that began in it. */
export interface Piece {
  /** The first local date of it; of an hour, its day. */
  date: string
  /** 0 to 23, where pieces are hours. */
  hour?: number
  conversations: number
}

/** A period beside the one that it is compared with, piece by piece. `previous` is empty where nothing is. */
export interface Pieces {
  by: 'hour' | 'day' | 'week'
  current: Piece[]
  previous: Piece[]
}

/** More days than a month has are shown as weeks. */
const MOST_DAYS = 31

/** Cuts a period so that it can be seen at a glance: a day into hours, a month into days, what is longer into weeks. */
export function piecesOf(snapshot: Snapshot): Pieces {
  const { period, previous, daily, hours, previousHours, comparison } = snapshot
  const compared = comparison === 'full' || comparison === 'partial'
  const days = daysIn(period)
  if (days === 1) {
    return {
      by: 'hour',
      current: hoursOf(period.firstDate, hours),
      previous: compared ? hoursOf(previous.firstDate, previousHours) : [],
    }
  }
  const cut = days <= MOST_DAYS ? (list: Day[]) => list.map(pieceOf) : weeksOf
  return { by: days <= MOST_DAYS ? 'day' : 'week', current: cut(daily.current), previous: compared ? cut(daily.previous) : [] }
}

/** Days are added up to weeks as values. */
const ADDED = 'conversations_count' satisfies AdditiveMetric

const pieceOf = ({ date, figures }: Day): Piece => ({ date, conversations: figures[ADDED].value ?? 0 })

function hoursOf(date: string, rows: number[][]): Piece[] {
  return Array.from({ length: 24 }, (_, hour) => ({
    date,
    hour,
    conversations: rows.reduce((sum, row) => sum + (row[hour] ?? 0), 0),
  }))
}

/** Seven days each from the first of the period on, so that two periods can be compared; the last may be shorter. */
function weeksOf(days: Day[]): Piece[] {
  const weeks: Piece[] = []
  days.map(pieceOf).forEach((piece, i) => {
    if (i % 7 === 0) weeks.push(piece)
    else weeks.at(-1)!.conversations += piece.conversations
  })
  return weeks
}

/** The pieces in words: `Mon 92, Tue 104`. */
export function piecesInWords(words: Words, { by, current, previous }: Pieces, snapshot: Snapshot): string {
  const named = ({ date, hour, conversations }: Piece, i: number) => {
    const name =
      by === 'hour'
        ? `${String(hour).padStart(2, '0')}:00`
        : by === 'week' || current.length > 7
          ? // Within a month its name says nothing new after the first day.
            by === 'week' || i === 0 || date.endsWith('-01')
            ? dayMonth(words, date)
            : words.dates.day(Number(date.slice(8)))
          : weekday(words, date)
    return `${name}: ${count(words, conversations)}`
  }
  const said = (title: string, pieces: Piece[]) => `${capital(title)}: ${words.list(pieces.map(named))}.`
  return [
    words.trend[by],
    said(words.thisPeriod[snapshot.cadence], current),
    ...(previous.length > 0 ? [said(previousTitle(snapshot), previous)] : []),
  ].join(' ')
}

/** What the period that is compared with is called. */
export function previousTitle({ language, cadence, comparedWith }: Snapshot): string {
  return wordsOf(language).previousPeriod[comparedWith === 'year' ? 'year' : cadence]
}

export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
