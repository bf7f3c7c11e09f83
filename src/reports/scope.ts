import type { Filter } from '../rollups/rolling/filter.ts'
import { metrics } from '../rollups/metrics.ts'
import type { Dimension } from '../rollups/parts.ts'
import type { Question } from './report.ts'

/** Which rows a question reads. */
export interface Scope {
  dimension: Dimension
  /** Those of the dimension that are asked for; null for all. */
  ids: readonly number[] | null
  /** The rows of several ids make one of the whole account. */
  together: boolean
  /** What no dimension has rows for, so that raw rows are read. */
  filter: Filter | undefined
}

type Asked = Pick<Question, 'dimension' | 'id' | 'filter'> & { metrics?: Question['metrics'] }

/**
 * Settles whether rollups can answer: an account, inbox, agent or team has rows of its own, and some inboxes, agents or
 * teams together are the sum of theirs. Labels overlap, and so do bot counts over several ids, which are free of repeats;
 * these and whatever crosses dimensions are read from raw rows.
 */
export function scopeOf({ dimension, id, filter, metrics: names = [] }: Asked): Scope {
  const ids = id === undefined ? null : [id]
  const whole: Scope = { dimension, ids, together: false, filter: undefined }
  const named = (['inbox', 'agent', 'team', 'label'] as const).filter((name) => filter?.[name])
  const [only] = named
  if (!filter || !only) return whole
  const raw: Scope = { ...whole, filter }
  if (named.length > 1) return raw
  const wanted = filter[only]!
  if (only === dimension && dimension !== 'label') return { ...whole, ids: ids ? wanted.filter((one) => one === id) : wanted }
  // An id that the caller gives for the account may be another's.
  if (dimension !== 'account' || ids || only === 'label') return raw
  if (wanted.length > 1 && names.some((name) => metrics[name].distinct)) return raw
  return { dimension: only, ids: wanted, together: true, filter: undefined }
}
