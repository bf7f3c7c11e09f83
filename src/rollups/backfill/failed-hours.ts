import type { Instant } from '../../clock.ts'
import { many, run, type Client } from '../../db.ts'
import { hourBefore, type HourBefore } from './backfill-figures.ts'
import type { Span } from '../coverage.ts'
import { HOUR } from '../../time/zone.ts'

/** Whether an hour `e` that a backfill could not roll waits in the dirty log still. */
const waits = `exists (
  select from tidemark.dirty_hours d
  where d.account_id = e.account_id and d.hour >= e.hour and d.hour < e.hour + interval '1 hour' and d.failures > 0)`

/** Hours of some stretches that a backfill could not roll before. */
export async function triedHours(tx: Client, accountId: number, id: number, spans: readonly Span[]): Promise<Set<Instant>> {
  const [first, last] = [spans[0], spans.at(-1)]
  if (!first || !last) return new Set()
  const rows = await many<{ hour: Instant }>(
    tx,
    `select extract(epoch from hour)::float8 as hour from tidemark.backfill_errors
     where account_id = $1 and backfill_id = $2 and hour >= to_timestamp($3) and hour < to_timestamp($4)`,
    [accountId, id, first.from, last.until],
  )
  return new Set(rows.map(({ hour }) => hour))
}

/**
 * Leaves an hour that cannot be rolled to the dirty log: reports read it from raw rows until that succeeds. What it holds is as it was
 * before, and is kept in mind when this was the first try.
 */
export async function leaveToLog(
  tx: Client,
  { accountId, id, known }: { accountId: number; id: number; known: readonly Span[] },
  hour: Span,
  error: string,
): Promise<void> {
  const { wasRolled, fingerprint, parts } = await hourBefore(tx, accountId, known, hour)
  await run(
    tx,
    `insert into tidemark.dirty_hours (account_id, hour, failures, retry_at, error)
     values ($1, to_timestamp($2), 1, now() + interval '10 seconds', $3)`,
    [accountId, hour.from, error],
  )
  await run(
    tx,
    `insert into tidemark.backfill_errors (account_id, backfill_id, hour, error, failed_at, was_rolled, fingerprint_before, parts_before)
     values ($1, $2, to_timestamp($3), $4, clock_timestamp(), $5, $6, $7)
     on conflict (account_id, backfill_id, hour) do update set error = excluded.error`,
    [accountId, id, hour.from, error, wasRolled, fingerprint, JSON.stringify(parts)],
  )
}

/** The hours of a backfill that something keeps failing to roll. */
export async function failingHours(tx: Client, accountId: number, id: number): Promise<Span[]> {
  const rows = await many<{ hour: Instant }>(
    tx,
    `select extract(epoch from e.hour)::float8 as hour from tidemark.backfill_errors e
     where e.account_id = $1 and e.backfill_id = $2 and ${waits} order by e.hour`,
    [accountId, id],
  )
  return rows.map(({ hour }) => ({ from: hour, until: hour + HOUR }))
}

/** Those that have been rolled since, with what they held before the first try. Hours of an older release count with its chunks. */
export async function mendedHours(tx: Client, accountId: number, id: number): Promise<(Span & HourBefore)[]> {
  const rows = await many<HourBefore & { hour: Instant } & Record<string, unknown>>(
    tx,
    `select extract(epoch from e.hour)::float8 as hour, e.was_rolled as "wasRolled", e.fingerprint_before as fingerprint,
       e.parts_before as parts
     from tidemark.backfill_errors e
     where e.account_id = $1 and e.backfill_id = $2 and e.was_rolled is not null and not ${waits} order by e.hour`,
    [accountId, id],
  )
  return rows.map(({ hour, wasRolled, fingerprint, parts }) => ({
    from: hour,
    until: hour + HOUR,
    wasRolled,
    fingerprint,
    parts,
  }))
}
