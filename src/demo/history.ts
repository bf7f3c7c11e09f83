import { setImmediate as turn } from 'node:timers/promises'
import type { Instant } from '../clock.ts'
import type { Client } from '../db.ts'
import { DAY } from '../time/zone.ts'
import { arrivalsOf, instantsIn, type Arrivals } from './arrivals.ts'
import { begin, putConversation, type Beginning } from './beginning.ts'
import type { DeskShape } from './desk.ts'
import { micro, type WaitingAnswer, type WaitingRow } from './conversation.ts'
import { randomFrom } from './random.ts'
import type { RawRows } from './raw-rows.ts'
import type { Roster } from './roster.ts'
import { live } from './story.ts'
import { timeline, type Timeline } from './timeline.ts'

const streams = { slot: 20 }

const conversationsOf = (shape: DeskShape) => Math.round(shape.months * shape.conversationsPerMonth)

function* beginningsOf(seed: number, roster: Roster, end: Instant): Generator<Beginning> {
  const arrivals: Arrivals = arrivalsOf(seed, roster.index, roster.zone, roster.start, end, conversationsOf(roster.shape))
  const contacts: number[] = []
  let ordinal = 0
  for (let slot = 0; slot < arrivals.counts.length; slot++) {
    if (arrivals.counts[slot] === 0) continue
    const random = randomFrom(seed, roster.index, streams.slot, slot)
    for (const at of instantsIn(arrivals, slot, end, random)) {
      const load = arrivals.load[Math.floor((at - roster.start) / DAY)] ?? 1
      yield { seed, roster, contacts, ordinal: ordinal++, load, at: micro(at) }
    }
  }
}

/** The beginnings of all accounts' conversations, in the order of time, as one database sees them. */
function* beginnings(seed: number, rosters: readonly Roster[], end: Instant): Generator<Beginning> {
  const sources = rosters.map((roster) => beginningsOf(seed, roster, end))
  const heads = sources.map((source) => source.next().value as Beginning | undefined)
  for (;;) {
    let first = -1
    heads.forEach((head, i) => {
      if (head && (first < 0 || head.at < heads[first]!.at)) first = i
    })
    if (first < 0) return
    yield heads[first]!
    heads[first] = sources[first]!.next().value as Beginning | undefined
  }
}

interface Waiting {
  messages: Timeline<WaitingRow>
  events: Timeline<WaitingRow>
  answers: Timeline<WaitingAnswer>
}

/** Puts the rows of the days that are over. A survey's message is never later than its answer, so it has its id by then. */
function putDaysBefore(until: Instant, rows: RawRows, waiting: Waiting): void {
  for (const row of waiting.messages.takeDaysBefore(until)) {
    row.id = rows.nextId('messages')
    rows.putLine('messages', row.id, row.cells)
  }
  for (const row of waiting.events.takeDaysBefore(until)) {
    rows.putLine('reporting_events', rows.nextId('reporting_events'), row.cells)
  }
  for (const row of waiting.answers.takeDaysBefore(until)) {
    rows.putLine('csat_survey_responses', rows.nextId('csat_survey_responses'), `${row.cells}\t${row.survey.id}`)
  }
}

// Deleting a conversation removes its events later, and some never: one in so many conversations is only in its events.
const deletedEvery = 300

function putLife(rows: RawRows, waiting: Waiting, beginning: Beginning, end: Instant): void {
  const c = begin(rows, beginning, end)
  live(c)
  for (const row of c.events) waiting.events.add(row)
  if (beginning.ordinal % deletedEvery === deletedEvery / 2) return
  putConversation(rows, c)
  for (const row of c.messages) waiting.messages.add(row)
  for (const row of c.answers) waiting.answers.add(row)
}

export interface Progress {
  conversations: number
  of: number
}

// Characters that wait before they are written. While the database takes them in, the next ones are made.
const batch = 8_000_000
const conversationsATurn = 50

export interface History {
  seed: number
  rosters: readonly Roster[]
  end: Instant
  onProgress?: ((progress: Progress) => void) | undefined
}

/** Makes and writes everything that happened in the accounts from the start of their histories to `end`. */
export async function writeHistory(tx: Client, rows: RawRows, { seed, rosters, end, onProgress }: History): Promise<void> {
  const waiting: Waiting = { messages: timeline(), events: timeline(), answers: timeline() }
  const of = rosters.reduce((sum, { shape }) => sum + conversationsOf(shape), 0)
  let [conversations, day] = [0, -Infinity]
  let writing = Promise.resolve()
  for (const beginning of beginnings(seed, rosters, end)) {
    const today = Math.floor(beginning.at / DAY)
    if (today > day) putDaysBefore((day = today) * DAY, rows, waiting)
    putLife(rows, waiting, beginning, end)
    if (++conversations % conversationsATurn === 0) await turn()
    if (rows.waiting() < batch) continue
    await writing
    writing = rows.write(tx)
    // Its failure is met at the next `await writing`, not as an unhandled one before that.
    writing.catch(() => {})
    onProgress?.({ conversations, of })
  }
  putDaysBefore(Infinity, rows, waiting)
  await writing
  await rows.write(tx)
  onProgress?.({ conversations, of })
}
