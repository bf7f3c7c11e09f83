import type { Rhythm, Snapshot } from '../../snapshot/snapshot.ts'

/** A number with its text: grammar needs the one, readers the other. */
export interface Counted {
  n: number
  text: string
}

export type SpokenMetric = 'conversations_count' | 'resolutions_count' | 'csat_score' | TimeMetric
export type TimeMetric = 'avg_first_response_time' | 'avg_resolution_time' | 'reply_time'

/** At most three sentences that sum a digest up. */
export interface ShortWords {
  volumes: (conversations: Counted, resolutions: Counted) => string
  running: (volumes: string, rhythm: Rhythm) => string
  /** Nothing is compared: because nothing was asked for, there is nothing before (any more), or too little. */
  alone: (volumes: string, comparison: Exclude<Snapshot['comparison'], 'full'>, why: string) => string
  steady: (volumes: string, rhythm: Rhythm) => string
  /** One key figure that moved. */
  sentence: (metric: SpokenMetric, value: Counted, tone: string, up: boolean, change: string) => string
  /** Which label or inbox rose or fell most, from its kind and name. */
  driver: (kind: string, name: string, up: boolean, change: string) => string
  /** Which part explains how much of a change. */
  explains: (kind: string, name: string, part: string) => string
}

/** What somebody should look at. */
export interface AttentionWords {
  threshold: (metric: string, value: string, limit: 'above' | 'below', bound: string) => string
  target: (subject: string, times: string, value: string, seconds: string, n: string) => string
  wholeAccount: string
  unassigned: (none: Counted, all: string) => string
  backlog: (more: Counted) => string
  worsened: (subject: string, metric: string, value: string, change: string, n: string) => string
  more: (n: number, text: string) => string
}

/** What a digest says in whole sentences. */
export interface SentenceWords {
  subject: {
    /** Which period, in front of the figures: from a date or range. */
    period: Record<Rhythm, (when: string) => string>
    lead: (account: string, period: string) => string
    conversations: (conversations: Counted) => string
    firstResponse: (time: string) => string
    quiet: Record<Rhythm, string>
    test: string
    corrected: string
    incomplete: string
  }
  preheader: (period: string, previous: string, zone: string, data: string) => string
  status: {
    complete: (until: string, zone: string) => string
    completeShort: string
    /** Which hours are missing. */
    missing: (stretches: string, at: string) => string
    missingMore: (n: number, text: string) => string
    missingShort: string
    provisional: (from: string, at: string) => string
    provisionalShort: string
    running: (at: string) => string
    runningShort: string
  }
  quiet: { nothing: string; last: (at: string) => string; never: string }
  short: ShortWords
  corrections: { intro: string; line: (metric: string, period: string, was: string, now: string) => string }
  attention: AttentionWords
  busy: {
    /** `Tuesday 10–11`; without a weekday where there is only one day. */
    hour: (weekday: string, from: number) => string
    busiest: (hour: string, conversations: string) => string
    quietest: (hour: string, conversations: string) => string
    /** A sum, or a mean per day where the period has several of each weekday. */
    sum: (conversations: Counted) => string
    mean: (number: string) => string
    axis: (n: string) => string
    axisMean: (n: string) => string
  }
  footer: {
    attribution: string
    samples: string
    addedBy: (who: string, date: string) => string
    added: (date: string) => string
    listed: (digest: string, account: string) => string
    ids: (digest: string, edition: string, delivery: string | undefined, snapshot: string) => string
  }
}
