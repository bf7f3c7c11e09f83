import { moment } from './format.ts'
import type { Snapshot } from './snapshot.ts'
import { words } from './words.ts'

/** How complete the data of a snapshot is, in words: a whole sentence, and one of three words for a narrow place. */
export interface Status {
  kind: 'complete' | 'provisional' | 'running'
  text: string
  short: string
}

/**
 * What a reader must know of the data. `provisional`: the period is over but rollups were behind, so that late rows are to
 * be expected. `running`: a preview of a period that is not over.
 */
export function statusOf({ data, period, zone }: Snapshot): Status {
  const { complete, completeShort, provisional, provisionalShort, running, runningShort } = words.status
  if (!data.periodOver) return { kind: 'running', text: running(moment(data.takenAt)), short: runningShort }
  if (data.completeThrough !== null && data.completeThrough.at < period.until.at) {
    const text = provisional(moment(data.completeThrough), moment(data.takenAt))
    return { kind: 'provisional', text, short: provisionalShort }
  }
  return { kind: 'complete', text: complete(moment(period.until), zone), short: completeShort }
}
