import { text, type Cell, type Sheet } from '../../files/sheet.ts'
import { metricOf } from '../composing/conditions.ts'
import { changeCells, counted, periodNote, valueCell } from './sheet-cells.ts'
import { noteOf, type Snapshot, type TargetResult } from '../snapshot/snapshot.ts'
import { titleOf } from '../mail/tiles.ts'
import { wordsOf } from '../mail/words/choose.ts'
import type { Words } from '../mail/words/words.ts'

/** What was promised beside what came of it: the targets of the account, the limits of the digest. */
export function targetsSheet(snapshot: Snapshot): Sheet {
  const words = wordsOf(snapshot.language)
  const { targets, subject, metric, value, rule, bound, n, result, rules } = words.sheet
  const verdict = (found: number | null, missed: boolean) =>
    text(found === null ? words.delta.noData : words.sheet.results[missed ? 'missed' : 'met'])
  const seconds = (amount: number | null): Cell => ({ value: amount, kind: 'seconds' })
  return {
    name: targets,
    title: `${snapshot.account.name}: ${targets}`,
    note: periodNote(words, snapshot),
    header: [subject, metric, value, rule, bound, n, result],
    total: [],
    rows: [
      ...snapshot.thresholds.map(({ metric: name, limit, value: wanted, figure, missed }) => [
        text(words.attention.wholeAccount),
        text(titleOf(words, snapshot, name).title),
        valueCell(noteOf(snapshot, name), figure),
        text(rules[limit === 'above' ? 'most' : 'least']),
        valueCell(noteOf(snapshot, name), { value: wanted, n: 0 }),
        counted(figure.n),
        verdict(figure.value, missed),
      ]),
      ...snapshot.targets.map((target) => [
        text(subjectOf(words, target)),
        text(titleOf(words, snapshot, metricOf[target.times]).title),
        seconds(target.value),
        text(rules.most),
        seconds(target.seconds),
        counted(target.n),
        verdict(target.value, target.missed),
      ]),
    ],
  }
}

function subjectOf(words: Words, { type, name }: TargetResult): string {
  return type === 'account'
    ? words.attention.wholeAccount
    : `${words.tables[type === 'inbox' ? 'inboxes' : 'teams'].kind}: ${name}`
}

/** Figures of earlier mails that are no longer right, with what they were. */
export function correctionsSheet(snapshot: Snapshot): Sheet {
  const words = wordsOf(snapshot.language)
  const { corrections, metric, from, to, was, now, change } = words.sheet
  return {
    name: corrections,
    title: `${snapshot.account.name}: ${corrections}`,
    note: words.corrections.intro,
    header: [metric, from, to, was, now, change],
    total: [],
    rows: snapshot.corrections.map((correction) => {
      const note = noteOf(snapshot, correction.metric)
      const { was: old, now: fresh } = correction
      const absolute = old.value === null || fresh.value === null ? null : fresh.value - old.value
      return [
        text(titleOf(words, snapshot, correction.metric).title),
        { value: correction.firstDate, kind: 'date' },
        { value: correction.lastDate, kind: 'date' },
        valueCell(note, old),
        valueCell(note, fresh),
        changeCells(note, { absolute, relative: null })[0],
      ]
    }),
  }
}
