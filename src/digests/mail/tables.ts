import { entityDelta } from './circumstances.ts'
import type { Delta } from './delta.ts'
import { dayMonth } from './dates.ts'
import { count, figure } from './format.ts'
import { clip } from './names.ts'
import { noteOf, tableNames, type DigestMetric, type Entity, type Snapshot, type TableName } from '../snapshot/snapshot.ts'
import { isCompared } from './tiles.ts'
import { wordsOf } from './words/choose.ts'

/** How many rows of each table a mail shows; the workbook has them all. */
const shown: Record<TableName, number> = { agents: 10, teams: 5, inboxes: 5, labels: 5 }

/** One line of a table in a mail, in words. */
export interface TableRow {
  name: string
  /** What a reader must know of the entity, such as `since 6 May`. */
  note: string
  conversations: string
  resolved: string
  firstResponse: string
  n: string
  change: Pick<Delta, 'tone' | 'arrow' | 'text'>
}

export interface TableView {
  title: string
  /** What a row is: the heading of the column of names. */
  kind: string
  /** `top 10 of 24`, or empty when all are shown. */
  extent: string
  rows: TableRow[]
  /** How many are not shown, in words, or empty. */
  more: string
  /** What must be known before rows are added up, or empty. */
  caution: string
}

/** The tables of a mail: the entities with most conversations first, what nobody has last. Empty tables are left out. */
export function tablesOf(snapshot: Snapshot, inWorkbook: boolean): TableView[] {
  return tableNames.filter((name) => snapshot.tables[name].length > 0).map((name) => tableOf(snapshot, name, inWorkbook))
}

function tableOf(snapshot: Snapshot, name: TableName, inWorkbook: boolean): TableView {
  const words = wordsOf(snapshot.language)
  const entities = ranked(snapshot.tables[name])
  const some = entities.slice(0, shown[name])
  const none = snapshot.tables[name].filter((entity) => entity.id === 0 && current(entity, 'conversations_count') > 0)
  const hidden = entities.length - some.length
  return {
    title: words.tables[name].title,
    kind: words.tables[name].kind,
    extent: hidden > 0 ? words.topOf(count(words, some.length), count(words, entities.length)) : '',
    rows: [...some, ...none].map((entity) => rowOf(snapshot, name, entity)),
    more: hidden > 0 ? words.more(hidden, count(words, hidden), inWorkbook ? 'workbook' : 'nowhere') : '',
    caution: name === 'labels' ? words.overlap : '',
  }
}

/** Entities by conversations, then resolutions, then name; without the one that stands for "none". */
export function ranked(entities: readonly Entity[]): Entity[] {
  const by = (metric: DigestMetric) => (a: Entity, b: Entity) => current(b, metric) - current(a, metric)
  const order = [by('conversations_count'), by('resolutions_count')]
  return entities
    .filter((entity) => entity.id !== 0)
    .sort((a, b) => order.map((compare) => compare(a, b)).find((sign) => sign !== 0) ?? (a.name < b.name ? -1 : 1))
}

const current = (entity: Entity, metric: DigestMetric) => entity.figures[metric].current.value ?? 0

function rowOf(snapshot: Snapshot, table: TableName, entity: Entity): TableRow {
  const words = wordsOf(snapshot.language)
  const response = entity.figures.avg_first_response_time.current
  return {
    name: entity.id === 0 ? words.tables[table].none : clip(entity.name),
    note: entity.isGone ? words.delta.gone : entity.isNew && entity.since ? words.since(dayMonth(words, entity.since)) : '',
    conversations: count(words, current(entity, 'conversations_count')),
    resolved: count(words, current(entity, 'resolutions_count')),
    firstResponse: figure(words, noteOf(snapshot, 'avg_first_response_time').unit, response),
    n: response.n > 0 ? count(words, response.n) : '',
    change: changeOf(snapshot, entity),
  }
}

/** The change of first response; for those who fell silent, what they had before. */
function changeOf(snapshot: Snapshot, entity: Entity): TableRow['change'] {
  const words = wordsOf(snapshot.language)
  const { tone, arrow, short } = entityDelta(snapshot, entity, 'avg_first_response_time')
  const before = entity.figures.conversations_count.previous.value ?? 0
  const silent = entity.figures.avg_first_response_time.current.n === 0 && current(entity, 'conversations_count') === 0
  if (silent && before > 0 && isCompared(snapshot)) {
    return { tone: 'muted', arrow: '', text: words.had({ n: before, text: count(words, before) }) }
  }
  return { tone, arrow, text: short }
}
