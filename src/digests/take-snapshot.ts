import type { Instant } from '../clock.ts'
import { maybeOne, type Pool } from '../db.ts'
import { notFound } from '../errors.ts'
import { reading } from '../reports/reading.ts'
import { metrics } from '../rollups/metrics.ts'
import { dateAt } from '../time/calendar.ts'
import { localAt, offsetAt, type Zone } from '../time/zone.ts'
import type { Digest } from './digest.ts'
import { pairOf, readFigures, type PeriodFigures } from './figures.ts'
import { absentMembers, activityOf, rosterOf, type Member } from './roster.ts'
import { comparedPeriod, type Period } from './window.ts'
import {
  digestMetrics,
  tableNames,
  type DigestMetric,
  type Entity,
  type FrozenPeriod,
  type Language,
  type MetricNote,
  type Moment,
  type Snapshot,
  type TableName,
} from './snapshot.ts'

/** Whose figures are taken, and how they are counted. */
export type Subject = Pick<Digest, 'id' | 'accountId' | 'name' | 'window' | 'firstWeekday' | 'businessHours'>

/**
 * Takes the figures of one digest for one period, all from one moment of the database; names follow in the next. `now` is
 * written down and tells a period that is still running; it changes no figure.
 * @throws Refusal (404) when there is no such account
 */
export async function takeSnapshot(pool: Pool, digest: Subject, zone: Zone, period: Period, now: Instant): Promise<Snapshot> {
  const { accountId, firstWeekday, businessHours } = digest
  const language: Language = 'en'
  const account = await maybeOne<{ name: string }>(pool, 'select name from accounts where id = $1', [accountId])
  if (!account) throw notFound(`There is no account ${accountId} here.`)
  const previous = comparedPeriod(zone, digest.window, period, 'previous')
  const request = { zone, firstWeekday, businessHours, period, previous }
  const { completeThrough: rolledThrough, ...figures } = await reading(pool, accountId, (read) => readFigures(read, request), now)
  const activity = await activityOf(pool, accountId)
  return {
    version: 2,
    edition: 1,
    account: { id: accountId, name: account.name },
    digest: { id: digest.id, name: digest.name },
    language,
    window: { unit: 'week', count: 1 },
    cadence: 'weekly',
    scope: [],
    zone: zone.name,
    firstWeekday,
    businessHours,
    period: frozen(zone, period),
    previous: frozen(zone, previous),
    comparison: comparable(zone, previous, activity.first),
    comparedWith: 'previous',
    data: {
      takenAt: momentAt(zone, now),
      completeThrough: rolledThrough === undefined || !Number.isFinite(rolledThrough) ? null : momentAt(zone, rolledThrough),
      periodOver: now >= period.until,
      lastActivity: activity.last === null ? null : momentAt(zone, activity.last),
      missing: [],
    },
    metrics: digestMetrics.map(noteOn),
    totals: figures.totals,
    tables: await tablesOf(pool, accountId, language, { zone, previous, figures }),
    daily: figures.daily,
    hours: figures.hours,
    previousHours: figures.previousHours,
    targets: [],
    thresholds: [],
    corrections: [],
  }
}

function noteOn(name: DigestMetric): MetricNote {
  const { title, definition, unit, direction, stock } = metrics[name]
  return { name, title, definition, unit, direction, ...(stock ? { stock } : {}) }
}

async function tablesOf(
  pool: Pool,
  accountId: number,
  language: Language,
  { zone, previous, figures }: { zone: Zone; previous: Period; figures: Pick<PeriodFigures, 'tables'> },
) {
  const roster = await rosterOf(pool, accountId)
  const tables = {} as Record<TableName, Entity[]>
  for (const table of tableNames) {
    const active = [...figures.tables[table].keys()].filter((id) => !roster[table].has(id))
    const members = [...roster[table].values(), ...(await absentMembers(pool, accountId, table, active, language))]
    tables[table] = members.map((member) => entityOf(member, figures.tables[table].get(member.id), zone, previous))
  }
  return tables
}

function entityOf({ id, name, since }: Member, figures: Entity['figures'] | undefined, zone: Zone, previous: Period): Entity {
  return {
    id,
    name,
    since: since === null ? null : dateAt(zone, since),
    isNew: since !== null && since > previous.since,
    isGone: since === null && id !== 0,
    figures: figures ?? pairOf(),
  }
}

/** A desk that opened on the first day of the previous period was there for all of it. */
function comparable(zone: Zone, previous: Period, first: Instant | null): Snapshot['comparison'] {
  if (first === null || first >= previous.until) return 'none'
  return dateAt(zone, first) > previous.firstDate ? 'partial' : 'full'
}

function frozen(zone: Zone, { since, until, firstDate, lastDate }: Period): FrozenPeriod {
  return { since: momentAt(zone, since), until: momentAt(zone, until), firstDate, lastDate }
}

function momentAt(zone: Zone, instant: Instant): Moment {
  const at = Math.floor(instant)
  return { at, local: new Date(localAt(zone, at) * 1000).toISOString().slice(0, 16), offset: offsetAt(zone, at) }
}
