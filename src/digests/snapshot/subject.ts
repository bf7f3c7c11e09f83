import { rateOf, totalDelta } from '../mail/circumstances.ts'
import { dayMonth, shortPeriod } from '../mail/dates.ts'
import { shortDuration, signedPercent } from '../mail/format.ts'
import { counted } from '../mail/highlights.ts'
import { clip, isolated, width } from '../mail/names.ts'
import { isQuiet, type Snapshot } from './snapshot.ts'
import { statusOf } from '../mail/status.ts'
import { wordsOf } from '../mail/words/choose.ts'
import type { Words } from '../mail/words/words.ts'

const LONGEST = 110
/** What mail programs show of a subject at least: it must do without the rest. */
const SHOWN = 60

/**
 * At most 110 characters, of which the first 60 stand alone: a long name of an account gives way to the period and what came
 * in. The date keeps mail programs from threading one period with the next.
 */
export function subjectOf(snapshot: Snapshot, test = false): string {
  const words = wordsOf(snapshot.language)
  const { subject } = words
  const period = subject.period[snapshot.cadence](whenOf(words, snapshot))
  const marks = marksOf(words, snapshot, test)
  const { needed, more } = clausesOf(words, snapshot)
  const room = SHOWN - width([...marks, subject.lead('', period) + needed].join(' '))
  const account = isolated(clip(snapshot.account.name, Math.min(28, Math.max(12, room))), words.direction)
  const start = [...marks, subject.lead(account, period) + needed].join(' ')
  const fits = (said: string) => (clause: string) => said.length + clause.length <= LONGEST
  return more.reduce((said, wordings) => said + (wordings.find(fits(said)) ?? ''), start)
}

/** The date or range that a period is known by in a subject. */
function whenOf(words: Words, { cadence, period }: Snapshot): string {
  return cadence === 'weekly' ? dayMonth(words, period.firstDate) : shortPeriod(words, cadence, period)
}

function marksOf({ subject }: Words, snapshot: Snapshot, test: boolean): string[] {
  const { kind } = statusOf(snapshot)
  return [
    ...(test ? [subject.test] : []),
    ...(snapshot.edition > 1 ? [subject.corrected] : []),
    ...(kind === 'running' || kind === 'missing' ? [subject.incomplete] : []),
  ]
}

/** What is said after the period: what must be, and what may be where there is room, in the longest wording that fits. */
function clausesOf(words: Words, snapshot: Snapshot): { needed: string; more: string[][] } {
  const { subject } = words
  if (isQuiet(snapshot)) return { needed: subject.quiet[snapshot.cadence], more: [] }
  const { conversations_count: conversations, avg_first_response_time: response } = snapshot.totals
  const needed = subject.conversations(counted(words, conversations.current.value))
  const change = [plain(changeOf(words, snapshot))]
  if (response.current.value === null) return { needed, more: [change] }
  const faster = totalDelta(snapshot, 'avg_first_response_time')
  const time = plain(subject.firstResponse(shortDuration(words, response.current.value)))
  return { needed, more: [change, [time + plain(inBrackets(faster.arrow === '' ? '' : faster.short)), time]] }
}

/** By how much the volume changed; by the day, or business day, where the periods are of unequal length, as their sums say little. */
function changeOf(words: Words, snapshot: Snapshot): string {
  const { arrow, relative, short } = totalDelta(snapshot, 'conversations_count')
  if (arrow === '' || relative === null) return ''
  return inBrackets(rateOf(snapshot) ? short : signedPercent(words, relative))
}

const inBrackets = (text: string) => (text === '' ? '' : ` (${text})`)

/** No-break spaces mean nothing in a header, and some programs show them as signs. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ')
