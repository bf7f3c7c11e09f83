import { findEntity } from '../accounts/entities.ts'
import { accountZone } from '../accounts/zone.ts'
import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import type { Filter } from '../rollups/rolling/filter.ts'
import type { MetricName } from '../rollups/metrics.ts'
import type { Dimension } from '../rollups/parts.ts'
import { instantFrom } from '../time/instant-text.ts'
import { comparedWith, type Comparison } from '../time/period.ts'
import { FARTHEST, type Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import { rolledMetrics, type Asked } from './asked.ts'
import { countingMetrics } from './counted-rows.ts'
import type { Stat } from './measure.ts'
import { targetsOf, type Target } from './targets.ts'
import type { Range, Subject } from './values.ts'

/** Where reports are read, and the moment that days back are counted from. */
export interface Source {
  pool: Pool
  now: Instant
}

/** What a person asks for, in texts whose form has been checked: ids are digits, words are known ones. */
export interface Given {
  since: string
  until: string
  timezone?: string | undefined
  business_hours?: 'true' | 'false' | undefined
  type?: Subject['dimension'] | undefined
  id?: string | undefined
  metrics?: string | string[] | undefined
  stat?: Stat | undefined
  target?: string | undefined
  compare?: 'none' | 'custom' | Comparison | undefined
  compare_since?: string | undefined
  compare_until?: string | undefined
  inbox_ids?: string | string[] | undefined
  agent_ids?: string | string[] | undefined
  team_ids?: string | string[] | undefined
  label_ids?: string | string[] | undefined
}

/** A request that has been understood. */
export interface Understood extends Asked {
  zone: Zone
}

/**
 * What a request asks for, with everything it names looked up.
 * @throws Refusal 422 for what cannot be meant, 404 for an id that this account does not have
 */
export async function understand({ pool, now }: Source, accountId: number, given: Given): Promise<Understood> {
  const zone = given.timezone ? await zoneNamed(pool, given.timezone) : await accountZone(pool, accountId)
  const range = rangeIn(zone, now, given.since, given.until)
  return {
    zone,
    range,
    compareWith: comparisonOf(zone, now, range, given),
    subject: await subjectFor(pool, accountId, given),
    filter: await filterOf(pool, accountId, given),
    metrics: metricsOf(given.metrics),
    businessHours: given.business_hours === 'true',
    stat: given.stat ?? 'avg',
    targets: given.target === undefined ? await targetsOf(pool, accountId) : oneTarget(accountId, Number(given.target)),
  }
}

function rangeIn(zone: Zone, now: Instant, since: string, until: string, name = ''): Range {
  const range = { since: instantIn(zone, now, since, `${name}since`), until: instantIn(zone, now, until, `${name}until`) }
  if (range.since < range.until) return range
  throw invalid(`${name}until must be later than ${name}since: the range is half-open, and this one holds nothing.`)
}

function instantIn(zone: Zone, now: Instant, given: string, name: string): Instant {
  try {
    const instant = Math.trunc(instantFrom(given.trim(), zone, now))
    if (Math.abs(instant) <= FARTHEST) return instant
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw invalid(`${name}: ${error.message}`)
  }
  throw invalid(`${name} must lie before the year 2100.`)
}

function comparisonOf(zone: Zone, now: Instant, range: Range, given: Given): Range | undefined {
  const { compare = 'none', compare_since, compare_until } = given
  if (compare !== 'custom') {
    if (compare_since ?? compare_until) throw invalid('compare_since and compare_until go with compare=custom.')
    return compare === 'none' ? undefined : comparedWith(zone, range, compare)
  }
  if (!compare_since || !compare_until) throw invalid('compare=custom needs compare_since and compare_until.')
  return rangeIn(zone, now, compare_since, compare_until, 'compare_')
}

async function subjectFor(pool: Pool, accountId: number, { type = 'account', id }: Given): Promise<Subject> {
  if (type === 'account') return { dimension: type }
  if (id === undefined) throw invalid(`type=${type} needs the id of the ${type}.`)
  await requireOwn(pool, accountId, type, Number(id))
  return { dimension: type, id: Number(id) }
}

const filters = [
  ['inbox', 'inbox_ids'],
  ['agent', 'agent_ids'],
  ['team', 'team_ids'],
  ['label', 'label_ids'],
] as const

/** The filter of a request, or undefined without any. Every id must be one of the account's; 0 stands for none. */
export async function filterOf(
  pool: Pool,
  accountId: number,
  given: Pick<Given, (typeof filters)[number][1]>,
): Promise<Filter | undefined> {
  const filter: Filter = {}
  for (const [dimension, name] of filters) {
    if (given[name] === undefined) continue
    const ids = [...new Set([given[name]].flat().map(Number))]
    for (const id of ids) {
      if (id !== 0 || dimension === 'label') await requireOwn(pool, accountId, dimension, id)
    }
    filter[dimension] = ids
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}

/** The same words for what another account has and for what nobody has. */
async function requireOwn(pool: Pool, accountId: number, dimension: Dimension, id: number): Promise<void> {
  if (!(await findEntity(pool, accountId, dimension, id))) throw notFound(`There is no ${dimension} ${id} in this account.`)
}

function metricsOf(given: string | string[] | undefined): MetricName[] {
  if (given === undefined) return rolledMetrics
  const names = [...new Set([given].flat().flatMap((list) => list.split(',').map((name) => name.trim())))]
  return names.map((name) => {
    const known = countingMetrics.find((metric) => metric === name)
    if (known) return known
    throw invalid(`There is no metric ${JSON.stringify(name.slice(0, 60))}. Name one of ${countingMetrics.join(', ')}.`)
  })
}

function oneTarget(accountId: number, seconds: number): Target[] {
  if (!(seconds > 0)) throw invalid('target must be more than 0 seconds.')
  return (['first_response', 'reply', 'resolution'] as const).map((times) => ({ type: 'account', id: accountId, times, seconds }))
}
