import { entityDelta, totalDelta } from './circumstances.ts'
import { MIN_N, type Delta } from './delta.ts'
import { count, figure } from './format.ts'
import { clip } from './names.ts'
import { noteOf, type DigestMetric, type Entity, type Snapshot, type TableName } from './snapshot.ts'
import { words } from './words.ts'

/** The metrics that a summary in three sentences may speak of. */
const spokenOf = [
  'conversations_count',
  'resolutions_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'reply_time',
  'csat_score',
] as const satisfies readonly DigestMetric[]

/**
 * At most three sentences, the largest movement first. Which movements are large: relative change, five points of a
 * percentage counting like 25 %. What moved no more than chance would move it is no news.
 */
export function inShort(snapshot: Snapshot): string[] {
  const { conversations_count: conversations, resolutions_count: resolutions } = snapshot.totals
  const both = words.short.volumes(count(conversations.current.value ?? 0), count(resolutions.current.value ?? 0))
  if (!snapshot.data.periodOver) return [words.short.running(both)]
  if (snapshot.comparison !== 'full') return [words.short.alone(both, snapshot.comparison)]
  const moved = spokenOf
    .map((metric) => ({ metric, delta: totalDelta(snapshot, metric) }))
    .filter(({ metric, delta }) => delta.arrow !== '' && !isChance(snapshot, metric))
    .sort((a, b) => size(b.delta) - size(a.delta))
    .slice(0, 3)
  if (moved.length === 0) return [words.short.steady(both)]
  return moved.map(({ metric, delta }) => sentence(snapshot, metric, delta))
}

function size({ absolute, relative }: Delta): number {
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

function sentence(snapshot: Snapshot, metric: DigestMetric, delta: Delta): string {
  const { unit } = noteOf(snapshot, metric)
  const value = figure(unit, snapshot.totals[metric].current)
  const said = words.short.sentence(metric, value, delta.tone, delta.arrow === '▲', delta.text)
  return metric === 'conversations_count' ? said + driver(snapshot, delta.absolute ?? 0) : said
}

/** The label, else the inbox, that moved most in the direction of the whole and by a fifth of it at least. */
function driver(snapshot: Snapshot, whole: number): string {
  for (const table of ['labels', 'inboxes'] as const) {
    const [first] = snapshot.tables[table]
      .filter((entity) => entity.id !== 0)
      .map((entity) => ({ name: entity.name, change: changeIn(entity) * Math.sign(whole) }))
      .sort((a, b) => b.change - a.change)
    if (first && first.change >= 3 && first.change >= Math.abs(whole) / 5) {
      return words.short.driver(words.tables[table].one, clip(first.name), whole > 0, count(first.change))
    }
  }
  return ''
}

function changeIn({ figures }: Entity): number {
  return (figures.conversations_count.current.value ?? 0) - (figures.conversations_count.previous.value ?? 0)
}

/** What somebody should look at, worst first, at most five sentences; none in a good week. */
export function needsAttention(snapshot: Snapshot): string[] {
  if (!snapshot.data.periodOver) return []
  return [...unassigned(snapshot), ...backlog(snapshot), ...worsened(snapshot).slice(0, 3)].slice(0, 5)
}

function unassigned(snapshot: Snapshot): string[] {
  const all = snapshot.totals.conversations_count.current.value ?? 0
  const none = snapshot.tables.agents.find((agent) => agent.id === 0)?.figures.conversations_count.current.value ?? 0
  return none >= MIN_N && none >= all / 20 ? [words.attention.unassigned(count(none), count(all))] : []
}

function backlog(snapshot: Snapshot): string[] {
  const came = snapshot.totals.conversations_count.current.value ?? 0
  const resolved = snapshot.totals.resolutions_count.current.value ?? 0
  return came - resolved >= 10 && came - resolved >= came / 10 ? [words.attention.backlog(count(came - resolved))] : []
}

/** Entities whose times grew by more than a quarter, or whose CSAT fell by ten points; those with most cases first. */
function worsened(snapshot: Snapshot): string[] {
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
      const { unit } = noteOf(snapshot, metric)
      const { current } = entity.figures[metric]
      const what = words.short.subject[metric]
      return words.attention.worsened(
        words.tables[table].one,
        clip(entity.name),
        what,
        figure(unit, current),
        delta.text,
        count(current.n),
      )
    })
}
