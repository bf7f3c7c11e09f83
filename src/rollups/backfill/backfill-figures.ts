import { many, one, sql, type Client } from '../../db.ts'
import type { Instant } from '../../clock.ts'
import { isWithin, type Span } from '../coverage.ts'
import { labelOnly, parts, type Part } from '../parts.ts'
import { preferIndexes } from '../rolling/roll.ts'

const fingerprintsSql = sql(import.meta.url, './hour-fingerprints.sql')
const counted = parts.filter((part) => !labelOnly(part))

/** The parts of an account, added up. */
export type PartSums = Partial<Record<Part, number>>

/** What a chunk came upon and what it left: hours that were rolled before, and those that had never been. */
export interface ChunkFigures {
  hoursNew: number
  hoursChanged: number
  hoursUnchanged: number
  /** The hours among them that hold other figures now. */
  changed: Span[]
  /** Over hours that were rolled before, as they were and as they are; over new ones. */
  before: PartSums
  after: PartSums
  fresh: PartSums
}

/** What an hour held before a backfill first tried to roll it. */
export interface HourBefore {
  wasRolled: boolean
  /** Null: it held no rows. */
  fingerprint: string | null
  parts: PartSums
}

/** How hours that were rolled before look now. Taken before a roll and after it, in its transaction, under its lock. */
interface Look {
  sums: PartSums
  fingerprints: Map<Instant, string>
}

/** What a chunk's hours hold before they are rolled; the function that is returned compares once they are. */
export async function beforeRoll(
  tx: Client,
  accountId: number,
  covered: readonly Span[],
  hours: readonly Span[],
): Promise<() => Promise<ChunkFigures>> {
  await preferIndexes(tx)
  const known = hours.filter((hour) => isWithin(covered, hour))
  const fresh = hours.filter((hour) => !isWithin(covered, hour))
  const before = await look(tx, accountId, known)
  return async () => {
    const after = await look(tx, accountId, known)
    const changed = known.filter(({ from }) => before.fingerprints.get(from) !== after.fingerprints.get(from))
    return {
      hoursNew: fresh.length,
      hoursChanged: changed.length,
      hoursUnchanged: known.length - changed.length,
      changed,
      before: before.sums,
      after: after.sums,
      fresh: await sumsOf(tx, accountId, fresh),
    }
  }
}

/** What an hour holds that is to be rolled. */
export async function hourBefore(tx: Client, accountId: number, covered: readonly Span[], hour: Span): Promise<HourBefore> {
  if (!isWithin(covered, hour)) return { wasRolled: false, fingerprint: null, parts: {} }
  const { sums, fingerprints } = await look(tx, accountId, [hour])
  return { wasRolled: true, fingerprint: fingerprints.get(hour.from) ?? null, parts: sums }
}

/** What became of hours that had to be tried again, by what they held before the first time and what they hold now. */
export async function sinceFirstTry(tx: Client, accountId: number, tried: readonly (Span & HourBefore)[]): Promise<ChunkFigures> {
  if (tried.length === 0) return together([])
  await preferIndexes(tx)
  const known = tried.filter(({ wasRolled }) => wasRolled)
  const fresh = tried.filter(({ wasRolled }) => !wasRolled)
  const after = await look(tx, accountId, known)
  const changed = known.filter(({ from, fingerprint }) => (after.fingerprints.get(from) ?? null) !== fingerprint)
  return {
    hoursNew: fresh.length,
    hoursChanged: changed.length,
    hoursUnchanged: known.length - changed.length,
    changed: changed.map(({ from, until }) => ({ from, until })),
    before: known.map(({ parts }) => parts).reduce(added, {}),
    after: after.sums,
    fresh: await sumsOf(tx, accountId, fresh),
  }
}

/** Figures of several lots of hours. */
export function together(all: readonly ChunkFigures[]): ChunkFigures {
  const count = (hours: (figures: ChunkFigures) => number) => all.map(hours).reduce((a, b) => a + b, 0)
  const sum = (sums: (figures: ChunkFigures) => PartSums) => all.map(sums).reduce(added, {})
  return {
    hoursNew: count(({ hoursNew }) => hoursNew),
    hoursChanged: count(({ hoursChanged }) => hoursChanged),
    hoursUnchanged: count(({ hoursUnchanged }) => hoursUnchanged),
    changed: all.flatMap(({ changed }) => changed),
    before: sum(({ before }) => before),
    after: sum(({ after }) => after),
    fresh: sum(({ fresh }) => fresh),
  }
}

async function look(tx: Client, accountId: number, hours: readonly Span[]): Promise<Look> {
  if (hours.length === 0) return { sums: {}, fingerprints: new Map() }
  await tx.query('set local extra_float_digits = -3')
  const rows = await many<{ hour: Instant; fingerprint: string }>(tx, fingerprintsSql, [accountId, starts(hours)])
  // Back before a figure is read: this setting cuts those, too.
  await tx.query('set local extra_float_digits = 1')
  return {
    sums: await sumsOf(tx, accountId, hours),
    fingerprints: new Map(rows.map(({ hour, fingerprint }) => [hour, fingerprint])),
  }
}

function sumsOf(tx: Client, accountId: number, hours: readonly Span[]): Promise<PartSums> {
  if (hours.length === 0) return Promise.resolve({})
  return one<PartSums & Record<string, unknown>>(
    tx,
    `select ${counted.map((part) => `coalesce(sum(${part}), 0)::float8 as ${part}`).join(', ')}
     from tidemark.rollup_hourly
     where account_id = $1 and dimension = 0 and bucket = any (array(select to_timestamp(unnest($2::float8[]))))`,
    [accountId, starts(hours)],
  )
}

const starts = (hours: readonly Span[]) => hours.map((hour) => hour.from)

/** Sums of two sets of hours together. */
export function added(a: PartSums, b: PartSums): PartSums {
  return Object.fromEntries(counted.map((part) => [part, (a[part] ?? 0) + (b[part] ?? 0)]))
}
