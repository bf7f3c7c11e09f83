import { shortPeriod } from '../mail/dates.ts'
import { figure } from '../mail/format.ts'
import { noteOf, type Snapshot } from './snapshot.ts'
import { titleOf } from '../mail/tiles.ts'
import { wordsOf } from '../mail/words/choose.ts'
import { capital } from './pieces.ts'

/** Figures of earlier mails that are no longer right, each with what it was and what it is; empty when there are none. */
export function correctionsOf(snapshot: Snapshot): string[] {
  const words = wordsOf(snapshot.language)
  return snapshot.corrections.map((correction) => {
    const { unit } = noteOf(snapshot, correction.metric)
    return words.corrections.line(
      capital(words.tiles(correction.metric, snapshot.cadence) ?? titleOf(words, snapshot, correction.metric).title),
      shortPeriod(words, snapshot.cadence, correction, true),
      figure(words, unit, correction.was),
      figure(words, unit, correction.now),
    )
  })
}
