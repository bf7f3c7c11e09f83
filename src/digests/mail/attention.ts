import { entityDelta } from './circumstances.ts'
import { MIN_N } from './delta.ts'
import { count, duration, figure, setDuration } from './format.ts'
import { counted, nameIn, size } from './highlights.ts'
import { clip, isolated } from './names.ts'
import { noteOf, type Snapshot, type TableName, type TargetResult } from '../snapshot/snapshot.ts'
import { tileLabel } from './tiles.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

/** How many limits and targets that were missed are named one by one. */
const NAMED = 4

/** What somebody should look at, what was promised first; none in a good period. */
export function needsAttention(snapshot: Snapshot): string[] {
  if (!snapshot.data.periodOver) return []
  const words = wordsOf(snapshot.language)
  const missed = [...limits(words, snapshot), ...targets(words, snapshot)]
  const rest = missed.length - NAMED
  return [
    ...missed.slice(0, NAMED),
    ...(rest > 0 ? [words.attention.more(rest, count(words, rest))] : []),
    ...unassigned(words, snapshot),
    ...backlog(words, snapshot),
    ...worsened(words, snapshot).slice(0, 3),
  ]
}

function limits(words: Words, snapshot: Snapshot): string[] {
  return snapshot.thresholds
    .filter(({ missed }) => missed)
    .map(({ metric, limit, value, figure: found }) => {
      const { unit } = noteOf(snapshot, metric)
      const bound = unit === 'seconds' ? setDuration(words, value) : figure(words, unit, { value })
      return words.attention.threshold(tileLabel(words, snapshot, metric), figure(words, unit, found), limit, bound)
    })
}

/** Targets that were missed, by how much they were. */
function targets(words: Words, { targets }: Snapshot): string[] {
  const over = ({ value, seconds }: TargetResult) => (value ?? 0) / seconds
  return targets
    .filter(({ missed, value }) => missed && value !== null)
    .sort((a, b) => over(b) - over(a))
    .map((target) => {
      const { type, times, value, seconds, n } = target
      const subject =
        type === 'account'
          ? words.attention.wholeAccount
          : `${words.tables[type === 'inbox' ? 'inboxes' : 'teams'].kind} ${words.quoted(isolated(clip(target.name), words.direction))}`
      const found = duration(words, value as number)
      return words.attention.target(
        subject,
        words.times[times],
        found,
        setDuration(words, seconds),
        words.samples(count(words, n)),
      )
    })
}

function unassigned(words: Words, snapshot: Snapshot): string[] {
  const all = snapshot.totals.conversations_count.current.value ?? 0
  const none = snapshot.tables.agents.find((agent) => agent.id === 0)?.figures.conversations_count.current.value ?? 0
  return none >= MIN_N && none >= all / 20 ? [words.attention.unassigned(counted(words, none), count(words, all))] : []
}

function backlog(words: Words, snapshot: Snapshot): string[] {
  const came = snapshot.totals.conversations_count.current.value ?? 0
  const resolved = snapshot.totals.resolutions_count.current.value ?? 0
  const more = came - resolved
  return more >= 10 && more >= came / 10 ? [words.attention.backlog(counted(words, more))] : []
}

/** Entities whose times grew by more than a quarter, or whose CSAT fell by ten points; those with most cases first. */
function worsened(words: Words, snapshot: Snapshot): string[] {
  const metrics = ['avg_first_response_time', 'reply_time', 'avg_resolution_time', 'csat_score'] as const
  const tables = ['inboxes', 'teams', 'agents'] as const satisfies readonly TableName[]
  return tables
    .flatMap((table) => snapshot.tables[table].filter((entity) => entity.id !== 0).map((entity) => ({ table, entity })))
    .flatMap(({ table, entity }) =>
      metrics.map((metric) => ({ table, entity, metric, delta: entityDelta(snapshot, entity, metric) })),
    )
    .filter(
      ({ delta }) => delta.tone === 'worse' && (delta.relative === null ? (delta.absolute ?? 0) <= -10 : delta.relative > 0.25),
    )
    .map((found) => ({ ...found, weight: size(found.delta) * found.entity.figures[found.metric].current.n }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ table, entity, metric, delta }) => {
      const { current } = entity.figures[metric]
      const subject = `${words.tables[table].kind} ${nameIn(words, table, entity)}`
      const value = figure(words, noteOf(snapshot, metric).unit, current)
      return words.attention.worsened(subject, words.spoken[metric], value, delta.text, words.samples(count(words, current.n)))
    })
}
