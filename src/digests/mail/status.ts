import { moment, stretch } from './dates.ts'
import { count } from './format.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'

/** How complete the data of a snapshot is, in words: a whole sentence, and one of three words for a narrow place. */
export interface Status {
  kind: 'complete' | 'missing' | 'provisional' | 'running'
  text: string
  short: string
}

/** So many stretches are named; the rest is counted. */
const NAMED = 3

/**
 * What a reader must know of the data. `missing`: hours of the period were not rolled at its deadline. `provisional`: rollups
 * were behind, so that late rows are to be expected. `running`: a preview of a period that is not over.
 */
export function statusOf({ data, period, zone, language }: Snapshot): Status {
  const words = wordsOf(language)
  const { status } = words
  const taken = moment(words, data.takenAt)
  if (!data.periodOver) return { kind: 'running', text: status.running(taken), short: status.runningShort }
  if (data.missing.length > 0) {
    const rest = data.missing.length - NAMED
    const named = data.missing.slice(0, NAMED).map((missing) => stretch(words, missing))
    const said = rest > 0 ? [...named, status.missingMore(rest, count(words, rest))] : named
    return { kind: 'missing', text: status.missing(words.list(said), taken), short: status.missingShort }
  }
  if (data.completeThrough !== null && data.completeThrough.at < period.until.at) {
    const text = status.provisional(moment(words, data.completeThrough), taken)
    return { kind: 'provisional', text, short: status.provisionalShort }
  }
  return { kind: 'complete', text: status.complete(moment(words, period.until), zone), short: status.completeShort }
}
