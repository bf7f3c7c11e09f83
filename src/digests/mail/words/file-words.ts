import type { Metric } from '../../../rollups/metric.ts'
import type { Rhythm } from '../../snapshot/snapshot.ts'

/** What workbook and CSV say beyond the mail. */
export interface FileWords {
  sheet: {
    summary: string
    daily: string
    hours: string
    csat: string
    bots: string
    definitions: string
    about: string
    metric: string
    thisPeriod: Record<Rhythm, string>
    previousPeriod: Record<Rhythm | 'year', string>
    change: string
    share: string
    minutes: string
    points: string
    n: string
    direction: string
    better: Record<Metric['direction'], string>
    remark: string
    id: string
    total: string
    overlap: string
    date: string
    period: string
    weekday: string
    sum: string
    unit: string
    definition: string
    attribution: string
    clock: string
    units: Record<Metric['unit'], string>
    targets: string
    subject: string
    value: string
    rule: string
    rules: Record<'most' | 'least', string>
    bound: string
    result: string
    results: Record<'met' | 'missed', string>
    corrections: string
    from: string
    to: string
    was: string
    now: string
  }
  about: Record<
    | 'account'
    | 'digest'
    | 'period'
    | 'previous'
    | 'zone'
    | 'clock'
    | 'scope'
    | 'everything'
    | 'edition'
    | 'takenAt'
    | 'status'
    | 'completeThrough'
    | 'fromRaw'
    | 'lastActivity'
    | 'rows'
    | 'truncation'
    | 'nothingCut'
    | 'hash',
    string
  > & { rhythm: Record<Rhythm, string> }
}
