import type { Instant } from '../../clock.ts'
import { isSqlState, SQLSTATE, tookTooLong, transaction, type Pool } from '../../db.ts'
import type { Filter } from '../../rollups/rolling/filter.ts'
import { isRawPurged } from '../../rollups/kept.ts'
import type { Span } from '../../rollups/coverage.ts'
import { metrics } from '../../rollups/metrics.ts'
import { dateAt } from '../../time/calendar.ts'
import { dateOf, dayOf, monthStart } from '../../time/date.ts'
import { localAt, offsetAt, type Zone } from '../../time/zone.ts'
import { businessDaysOf } from './business-days.ts'
import { basisOf, type Basis, type Subject } from './basis.ts'
import { targetResults, thresholdResults } from '../composing/conditions.ts'
import { scopeByName, tablesOf } from './entities.ts'
import { readFigures, type Request } from './figures.ts'
import { normalized } from '../composing/lenses.ts'
import { restated } from './restated.ts'
import { comparedPeriod, type Period } from '../schedule/window.ts'
import { digestMetrics, type DigestMetric, type FrozenPeriod, type MetricNote, type Moment, type Snapshot } from './snapshot.ts'

/** So many stretches of missing hours are kept. */
const MOST_STRETCHES = 10

/** What a snapshot counts: what fits the filter (undefined: everything). The key is its name among those of its slot. */
export interface Extent {
  key: string
  filter: Filter | undefined
}

/** The extent of a digest itself, of which those with a lens see a part. */
export const wholeOf = ({ filter }: Pick<Subject, 'filter'>): Extent => ({ key: '', filter: normalized(filter) })

/**
 * Takes the figures of one digest for one period, all from one moment of the database.
 * @param extent the whole digest's, when left out
 * @param comparable false: without the period that it is compared with, where raw rows of that one were needed and purged
 * @throws Refusal (404) when there is no such account, (422) when counting took longer than the database allows
 */
export async function takeSnapshot(
  pool: Pool,
  digest: Subject,
  zone: Zone,
  period: Period,
  now: Instant,
  extent: Extent = wholeOf(digest),
  comparable = true,
): Promise<Snapshot> {
  try {
    return await transaction(
      pool,
      async (tx) => snapshotOn(await basisOf(tx, { digest, zone, period, edition: 1, comparable }, now), extent),
      'repeatable read read only',
    )
  } catch (error) {
    if (isSqlState(error, SQLSTATE.statementTimeout)) throw tookTooLong()
    if (comparable && digest.comparison !== 'none' && isRawPurged(error))
      return takeSnapshot(pool, digest, zone, period, now, extent, false)
    throw error
  }
}

/**
 * Takes one of the snapshots of a slot.
 * @param known rows that were read for it already
 */
export async function snapshotOn(basis: Basis, { key, filter }: Extent, known?: Request['known']): Promise<Snapshot> {
  const { digest, zone, period, previous, account } = basis
  const { firstWeekday, businessHours } = digest
  const figures = await readFigures(basis.read, { zone, firstWeekday, businessHours, period, previous, filter, known })
  const tables = await tablesOf(basis, figures.tables, filter)
  const snapshot: Snapshot = {
    version: 2,
    edition: basis.edition,
    account,
    digest: { id: digest.id, name: digest.name },
    language: digest.language,
    window: digest.window,
    cadence: rhythmOf(period),
    scope: await scopeByName(basis, filter),
    zone: zone.name,
    firstWeekday,
    businessHours,
    csvDelimiter: digest.csvDelimiter,
    period: frozen(zone, period),
    previous: frozen(zone, previous ?? comparedPeriod(zone, digest.window, period, 'previous')),
    comparison: comparisonOf(basis),
    comparedWith: !previous || digest.comparison === 'none' ? null : digest.comparison,
    data: dataOf(basis),
    metrics: digestMetrics.map(noteOn),
    totals: figures.totals,
    tables,
    daily: figures.daily,
    hours: figures.hours,
    previousHours: figures.previousHours,
    targets: targetResults(basis.targets, { account, totals: figures.totals, tables }),
    thresholds: thresholdResults(digest.condition, figures.totals),
    ...settledOf(basis),
    corrections: [],
  }
  return { ...snapshot, corrections: await restated(basis.tx, snapshot, key) }
}

/** What the account has settled that a mail shows; nothing where it has not, so that such a snapshot is as it ever was. */
function settledOf({ settings, period, previous }: Basis): Pick<Snapshot, 'businessDays' | 'branding'> {
  const businessDays = previous && businessDaysOf(settings, period, previous)
  const { branding } = settings
  const isBranded = Object.values(branding).some((value) => value !== null)
  return { ...(businessDays && { businessDays }), ...(isBranded && { branding }) }
}

function dataOf({ zone, period, rolled, activity, takenAt }: Basis): Snapshot['data'] {
  const { completeThrough, missing } = rolled
  return {
    takenAt: momentAt(zone, takenAt),
    completeThrough: completeThrough === undefined || !Number.isFinite(completeThrough) ? null : momentAt(zone, completeThrough),
    periodOver: takenAt >= period.until,
    lastActivity: activity.last === null ? null : momentAt(zone, activity.last),
    missing: missing.slice(0, MOST_STRETCHES).map((span: Span) => ({
      from: momentAt(zone, span.from),
      until: momentAt(zone, span.until),
    })),
  }
}

function noteOn(name: DigestMetric): MetricNote {
  const { title, definition, unit, direction, stock } = metrics[name]
  return { name, title, definition, unit, direction, ...(stock ? { stock } : {}) }
}

/** What a period is called by its length. */
function rhythmOf({ firstDate, lastDate }: Period): Snapshot['cadence'] {
  const [first, next] = [dayOf(firstDate), dayOf(lastDate) + 1]
  if (next - first === 1) return 'daily'
  if (next - first === 7) return 'weekly'
  return firstDate === dateOf(monthStart(first)) && next === monthStart(first, 1) ? 'monthly' : 'other'
}

/** A desk that opened on the first day of the period that is compared with was there for all of it. */
function comparisonOf({ digest, zone, previous, activity: { first } }: Basis): Snapshot['comparison'] {
  if (!previous) return digest.comparison === 'none' ? 'off' : 'purged'
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
