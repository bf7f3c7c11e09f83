import { metricNames, metrics } from '../metrics.ts'

/** Metrics that are gone, with the last version they had. */
const retired: Readonly<Record<string, number>> = {}

/**
 * What a rolled row was counted by: the version of every metric that is beyond its first, `1 csat_score=2 reply_time=3`. Rows
 * of other definitions are never read, so a report is exact at once in whichever process runs the newer release, also beside
 * processes of the older one. What a release must do that changes what a metric's parts count:
 *
 * - raise the metric's `version`, one that has columns of its own begins at 2, and never lower one again; a metric that goes
 *   leaves its version in `retired`: by the versions a process knows which of two definitions is the newer one;
 * - change the triggers, if it must, by a migration, so that marks suit the newer definitions before anybody rolls by them.
 *
 * A process of the older release neither uses nor writes the rows of the newer: it answers from raw rows by its own definition,
 * and leaves marks and backfills alone. Releases from before there were definitions do not know of this, so none of them may
 * run beside one that changes some.
 */
export const DEFINITIONS: string = definitionsOf({
  ...Object.fromEntries(metricNames.map((name) => [name, metrics[name].version ?? 1])),
  ...retired,
})

/** The text of some versions. */
export function definitionsOf(versions: Readonly<Record<string, number>>): string {
  const beyond = Object.entries(versions).filter(([, version]) => version > 1)
  return ['1', ...beyond.map(([name, version]) => `${name}=${version}`).sort()].join(' ')
}

function versionsIn(definitions: string): Map<string, number> {
  return new Map(
    definitions.split(' ').flatMap((word) => {
      const [name, version] = word.split('=')
      return name === undefined || version === undefined ? [] : [[name, Number(version)] as const]
    }),
  )
}

/** The metrics that are defined otherwise by `definitions` than here. */
export function changedSince(definitions: string, current: string = DEFINITIONS): string[] {
  const [then, now] = [versionsIn(definitions), versionsIn(current)]
  return [...new Set([...then.keys(), ...now.keys()])].filter((name) => (then.get(name) ?? 1) !== (now.get(name) ?? 1)).sort()
}

/** True when a version among `definitions` is higher than the one here: a newer release made them. */
export function isNewer(definitions: string, current: string = DEFINITIONS): boolean {
  const now = versionsIn(current)
  return [...versionsIn(definitions)].some(([name, version]) => version > (now.get(name) ?? 1))
}

/** The lowest version of each metric among two. */
export function lowestOf(a: string, b: string): string {
  const other = versionsIn(b)
  return definitionsOf(
    Object.fromEntries([...versionsIn(a)].map(([name, version]) => [name, Math.min(version, other.get(name) ?? 1)])),
  )
}

/** An account is rolled by a newer release, which alone may go on with it. */
export class NewerDefinitions extends Error {
  constructor(accountId: number) {
    super(`account ${accountId} is rolled by a newer release`)
    this.name = 'NewerDefinitions'
  }
}
