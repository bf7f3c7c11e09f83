import type { Instant } from '../../clock.ts'
import { settingsOf, type Settings } from '../../accounts/settings.ts'
import { maybeOne, type Client } from '../../db.ts'
import { notFound } from '../../errors.ts'
import { readingIn } from '../../reports/reading.ts'
import type { Reading } from '../../reports/report.ts'
import { currentState } from '../../reports/rolled-state.ts'
import { targetsOf, type Target } from '../../reports/targets.ts'
import type { Zone } from '../../time/zone.ts'
import { rolledIn, type Rolled } from '../composing/completeness.ts'
import type { Digest } from '../definition/digest.ts'
import type { Cast } from './entities.ts'
import { activityOf, rosterOf } from './roster.ts'
import { comparedPeriod, type Period } from '../schedule/window.ts'

/** Whose figures are taken, and how they are counted and told. */
export type Subject = Pick<
  Digest,
  | 'id'
  | 'accountId'
  | 'name'
  | 'window'
  | 'firstWeekday'
  | 'businessHours'
  | 'comparison'
  | 'filter'
  | 'condition'
  | 'language'
  | 'csvDelimiter'
>

/** A digest with the period that it is to report. */
export interface Task {
  digest: Subject
  zone: Zone
  period: Period
  /** 1, and more for a period whose figures were taken before. */
  edition: number
  /** False where raw rows of the period that it is compared with were needed and purged: there is nothing to compare with then. */
  comparable: boolean
}

/** What all snapshots of a slot rest on: one moment of the database, and what was read of it once for all of them. */
export interface Basis extends Task, Cast {
  tx: Client
  read: Reading
  account: { id: number; name: string }
  targets: Target[]
  settings: Settings
  /** When anything first happened in the account, and last before the end of the period; null when nothing ever did. */
  activity: { first: Instant | null; last: Instant | null }
  rolled: Rolled
  takenAt: Instant
}

/**
 * Reads what snapshots of a period share. The transaction must be a repeatable-read one: its moment is that of all of them.
 * `now` is written down and tells a period that is still running; it changes no figure.
 * @throws Refusal (404) when there is no such account
 */
export async function basisOf(tx: Client, task: Task, now: Instant): Promise<Basis> {
  const { digest, zone, period, comparable } = task
  const { accountId, comparison, language } = digest
  const account = await maybeOne<{ id: number; name: string }>(tx, 'select id, name from accounts where id = $1', [accountId])
  if (!account) throw notFound(`There is no account ${accountId} here.`)
  return {
    ...task,
    tx,
    accountId,
    account,
    language,
    previous: comparison === 'none' || !comparable ? undefined : comparedPeriod(zone, digest.window, period, comparison),
    read: await readingIn(tx, accountId, now),
    rolled: rolledIn(await currentState(tx, accountId), period, now),
    roster: await rosterOf(tx, accountId),
    targets: await targetsOf(tx, accountId),
    settings: await settingsOf(tx, accountId),
    activity: await activityOf(tx, accountId, period.until),
    takenAt: now,
  }
}
