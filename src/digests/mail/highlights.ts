import { totalDelta } from './circumstances.ts'
import { comparisonOf } from './dates.ts'
import type { Delta } from './delta.ts'
import { partsOfChange } from './drivers.ts'
import { count, figure, signed } from './format.ts'
import { clip, isolated } from './names.ts'
import { noteOf, type DigestMetric, type Entity, type Snapshot, type TableName } from '../snapshot/snapshot.ts'
import { wordsOf } from './words/choose.ts'
import type { Counted, SpokenMetric } from './words/sentence-words.ts'
import type { Words } from './words/words.ts'

/** The metrics that a summary in three sentences may speak of. */
const spokenOf = [
  'conversations_count',
  'resolutions_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'reply_time',
  'csat_score',
] as const satisfies readonly SpokenMetric[]

/**
 * At most three sentences, the largest movement first. Which movements are large: relative change, five points of a
 * percentage counting like 25 %. What moved no more than chance would move it is no news.
 */
export function inShort(snapshot: Snapshot): string[] {
  const words = wordsOf(snapshot.language)
  const { conversations_count: conversations, resolutions_count: resolutions } = snapshot.totals
  const both = words.short.volumes(counted(words, conversations.current.value), counted(words, resolutions.current.value))
  if (!snapshot.data.periodOver) return [words.short.running(both, snapshot.cadence)]
  if (snapshot.comparison !== 'full') return [words.short.alone(both, snapshot.comparison, comparisonOf(words, snapshot))]
  const moved = spokenOf
    .map((metric) => ({ metric, delta: totalDelta(snapshot, metric) }))
    .filter(({ metric, delta }) => delta.arrow !== '' && !isChance(snapshot, metric))
    .sort((a, b) => size(b.delta) - size(a.delta))
    .slice(0, 3)
  if (moved.length === 0) return [words.short.steady(both, snapshot.cadence)]
  return moved.map(({ metric, delta }) => sentence(words, snapshot, metric, delta))
}

/** A number that a sentence is built around; no value counts as none. */
export function counted(words: Words, value: number | null): Counted {
  return { n: value ?? 0, text: count(words, value ?? 0) }
}

/** How large a movement is, so that a halving weighs as much as a doubling. */
export function size({ absolute, relative }: Delta): number {
  if (relative !== null) return relative <= -1 ? Infinity : Math.abs(Math.log1p(relative))
  return Math.abs(absolute ?? 0) / 20
}

/** True when the movement is within one standard deviation of chance: √n for a count, that of a share for a percentage. */
function isChance(snapshot: Snapshot, metric: DigestMetric): boolean {
  const { unit } = noteOf(snapshot, metric)
  const { current, previous } = snapshot.totals[metric]
  const [now, before] = [current.value ?? 0, previous.value ?? 0]
  const share = (value: number, n: number) => (value * (100 - value)) / Math.max(n, 1)
  if (unit === 'count') return Math.abs(now - before) < Math.sqrt(now + before)
  return unit === 'percent' && Math.abs(now - before) < Math.sqrt(share(now, current.n) + share(before, previous.n))
}

function sentence(words: Words, snapshot: Snapshot, metric: SpokenMetric, delta: Delta): string {
  const { unit } = noteOf(snapshot, metric)
  const { current } = snapshot.totals[metric]
  const value = { n: current.value ?? 0, text: figure(words, unit, current) }
  const said = words.short.sentence(metric, value, delta.tone, delta.arrow === '▲', delta.text)
  const why =
    metric === 'conversations_count'
      ? risingMost(words, snapshot, delta.absolute ?? 0)
      : unit === 'seconds'
        ? explaining(words, snapshot, metric)
        : ''
  return why === '' ? said : `${said} ${why}`
}

/** The label, else the inbox, that moved most in the direction of the whole and by a fifth of it at least. */
function risingMost(words: Words, snapshot: Snapshot, whole: number): string {
  for (const table of ['labels', 'inboxes'] as const) {
    const [first] = snapshot.tables[table]
      .filter((entity) => entity.id !== 0)
      .map((entity) => ({ entity, change: changeIn(entity) * Math.sign(whole) }))
      .sort((a, b) => b.change - a.change)
    if (first && first.change >= 3 && first.change >= Math.abs(whole) / 5) {
      const change = signed(words, 'count', first.change * Math.sign(whole))
      return words.short.driver(words.tables[table].kind, nameIn(words, table, first.entity), whole > 0, change)
    }
  }
  return ''
}

/** The inbox, else the agent, whose times and share of the work explain at least a third of how a mean moved. */
function explaining(words: Words, snapshot: Snapshot, metric: DigestMetric): string {
  for (const table of ['inboxes', 'agents'] as const) {
    const parts = partsOfChange(snapshot.totals[metric], snapshot.tables[table], metric)
    const [first] = parts.filter(({ entity }) => entity.id !== 0)
    const whole = parts.reduce((sum, { part }) => sum + part, 0)
    if (first && first.part * Math.sign(whole) >= Math.abs(whole) / 3) {
      const part = signed(words, 'seconds', first.part)
      return words.short.explains(words.tables[table].kind, nameIn(words, table, first.entity), part)
    }
  }
  return ''
}

/** An agent, team, inbox or label as a sentence names it. */
export function nameIn(words: Words, table: TableName, { id, name }: Pick<Entity, 'id' | 'name'>): string {
  return words.quoted(isolated(id === 0 ? words.tables[table].none : clip(name), words.direction))
}

function changeIn({ figures }: Entity): number {
  return (figures.conversations_count.current.value ?? 0) - (figures.conversations_count.previous.value ?? 0)
}
