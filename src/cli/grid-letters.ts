import { bucketStates, type BucketState, type StateCounts } from '../rollups/freshness/ledger.ts'

/** The letters of a grid. Capitals are what somebody has to look at. */
export const letters: Record<BucketState, string> = {
  purged: '-',
  rolling: 'r',
  queued: 'q',
  missing: '.',
  outdated: 's',
  failed: 'F',
  dirty: 'd',
  verified: 'v',
  ok: 'o',
}
const names: Record<BucketState, string> = {
  purged: 'purged',
  rolling: 'rolling',
  queued: 'queued',
  missing: 'missing',
  outdated: 'stale definition',
  failed: 'failed',
  dirty: 'dirty',
  verified: 'verified',
  ok: 'ok',
}

/** The last figure of every fifth day: `5`, `0`, `5` …; a blank for the others. */
export const dayMark = (day: number): string => (day % 5 === 0 ? String(day).at(-1)! : ' ')

/** What the letters that occur mean, and how often they do. */
export function legend(what: 'days' | 'hours', counts: StateCounts): string {
  const shown = bucketStates
    .filter((state) => counts[state] > 0)
    .map((state) => `${letters[state]} ${names[state]} ${counts[state]}`)
  return `${what}: ${shown.join(' · ') || 'none'}`
}
