import type { Envelope } from '../../src/digests/mail/envelope.ts'
import type { Language, Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { wordsOf } from '../../src/digests/mail/words/choose.ts'
import { acme, at, days, entity, pairs } from './fixture.ts'

/** The fixture week in another language, with names of that language among the others. */
export function week(language: Language): Snapshot {
  if (language === 'en') return acme
  const arabic = language === 'ar'
  return {
    ...acme,
    language,
    account: { id: 7, name: arabic ? 'مكتب الأفق' : 'Müller & Söhne GmbH' },
    digest: { id: 3, name: arabic ? 'المدراء' : 'Führung' },
    tables: {
      ...acme.tables,
      agents: acme.tables.agents.map((agent) =>
        agent.id === 1 && arabic
          ? { ...agent, name: 'ليلى حدّاد' }
          : agent.id === 0
            ? { ...agent, name: wordsOf(language).tables.agents.none }
            : agent,
      ),
      labels: acme.tables.labels.map((label) => (label.id === 2 && arabic ? { ...label, name: 'أعطال' } : label)),
    },
  }
}

/** Monday 4 May beside the Sunday before. */
export function day(language: Language): Snapshot {
  const hours = acme.hours.map((row, i) => (i === 0 ? row : row.map(() => 0)))
  const previousHours = acme.previousHours.map((row, i) => (i === 6 ? row : row.map(() => 0)))
  return {
    ...week(language),
    cadence: 'daily',
    window: { unit: 'day', count: 1 },
    period: { since: at('2026-05-04T00:00'), until: at('2026-05-05T00:00'), firstDate: '2026-05-04', lastDate: '2026-05-04' },
    previous: { since: at('2026-05-03T00:00'), until: at('2026-05-04T00:00'), firstDate: '2026-05-03', lastDate: '2026-05-03' },
    daily: { current: acme.daily.current.slice(0, 1), previous: acme.daily.previous.slice(6) },
    hours,
    previousHours,
  }
}

const wave = (n: number, least: number) => Array.from({ length: n }, (_, i) => least + ((i * 37) % 41) + (i % 7 < 5 ? 40 : 0))

/** May beside April, which has a day less. */
export function month(language: Language): Snapshot {
  return {
    ...week(language),
    cadence: 'monthly',
    window: { unit: 'month', count: 1 },
    period: { since: at('2026-05-01T00:00'), until: at('2026-06-01T00:00'), firstDate: '2026-05-01', lastDate: '2026-05-31' },
    previous: { since: at('2026-04-01T00:00'), until: at('2026-05-01T00:00'), firstDate: '2026-04-01', lastDate: '2026-04-30' },
    daily: { current: days('2026-05-01', wave(31, 22)), previous: days('2026-04-01', wave(30, 15)) },
    data: { ...acme.data, takenAt: at('2026-06-01T09:00'), completeThrough: at('2026-06-01T08:59') },
  }
}

/** Ninety-one days, compared with those a year before. */
export function quarter(language: Language): Snapshot {
  return {
    ...week(language),
    cadence: 'other',
    window: { unit: 'day', count: 91 },
    comparedWith: 'year',
    period: {
      since: at('2026-03-02T00:00', 3600),
      until: at('2026-06-01T00:00'),
      firstDate: '2026-03-02',
      lastDate: '2026-05-31',
    },
    previous: {
      since: at('2025-03-02T00:00', 3600),
      until: at('2025-06-01T00:00'),
      firstDate: '2025-03-02',
      lastDate: '2025-05-31',
    },
    daily: { current: days('2026-03-02', wave(91, 20)), previous: days('2025-03-02', wave(91, 12)) },
    data: { ...acme.data, takenAt: at('2026-06-01T09:00'), completeThrough: at('2026-06-01T08:59') },
  }
}

/** Everything that a mail can say besides: an edition, missing hours, corrections, targets, thresholds, a filter, no surveys. */
export function eventful(snapshot: Snapshot): Snapshot {
  const { csat_surveys_count: _, csat_responses_count: __, ...totals } = snapshot.totals
  const { csat_surveys_count, csat_responses_count } = pairs()
  return {
    ...snapshot,
    edition: 2,
    scope: [
      { dimension: 'inbox', id: 1, name: 'Email' },
      { dimension: 'inbox', id: 2, name: 'Website chat' },
      { dimension: 'team', id: 1, name: 'Billing' },
    ],
    businessHours: true,
    data: {
      ...snapshot.data,
      missing: [
        { from: at('2026-05-09T22:00'), until: at('2026-05-10T03:00') },
        { from: at('2026-05-10T21:00'), until: at('2026-05-11T00:00') },
      ],
    },
    totals: { ...totals, csat_surveys_count, csat_responses_count },
    corrections: [
      {
        metric: 'conversations_count',
        firstDate: '2026-04-27',
        lastDate: '2026-05-03',
        was: { value: 471, n: 471 },
        now: { value: 474, n: 474 },
      },
      {
        metric: 'avg_first_response_time',
        firstDate: '2026-04-27',
        lastDate: '2026-05-03',
        was: { value: null, n: 0 },
        now: { value: 954, n: 441 },
      },
    ],
    targets: [
      { type: 'account', id: 7, name: 'Acme Support', times: 'first_response', seconds: 900, value: 842, n: 468, missed: false },
      { type: 'inbox', id: 1, name: 'Email', times: 'first_response', seconds: 900, value: 1633, n: 171, missed: true },
      { type: 'team', id: 3, name: 'Onboarding', times: 'reply', seconds: 1800, value: 4000, n: 61, missed: true },
      { type: 'team', id: 2, name: 'Product', times: 'resolution', seconds: 3600, value: null, n: 0, missed: false },
    ],
    thresholds: [
      { metric: 'open_conversations_count', limit: 'above', value: 25, figure: { value: 27, n: 27 }, missed: true },
      { metric: 'csat_score', limit: 'below', value: 80, figure: { value: 91.6667, n: 96 }, missed: false },
    ],
    tables: {
      ...snapshot.tables,
      agents: [
        ...snapshot.tables.agents,
        entity(12, 'Zoë Zimmermann-Öztürk von der Abteilung Rückgaben', [18, 15], [17, 14], [500, 16, 510, 14]),
      ],
    },
  }
}

/** What one recipient's mail says besides. */
export const addressed: Envelope = {
  deliveryId: '4f1c2b7e-8f0a-4c39-9b0e-0f2a6f1f6d11',
  recipient: { addedBy: 'Ana Ruiz', addedOn: '2026-04-20' },
  links: {
    view: 'https://reports.example/d/4f1c2b7e?token=abcdefghijklmnop',
    files: [
      {
        name: 'acme-support-weekly-2026-05-04.xlsx',
        size: 86_204,
        url: 'https://reports.example/files/a?token=abcdefghijklmnop',
      },
      {
        name: 'acme-support-weekly-2026-05-04-csv.zip',
        size: 14_204_000,
        url: 'https://reports.example/files/b?token=abcdefghijklmnop',
      },
    ],
    expiresOn: '2026-05-18',
    unsubscribe: 'https://reports.example/unsubscribe?token=abcdefghijklmnop',
    manage: 'https://reports.example/digests/3',
    definitions: 'https://reports.example/definitions',
  },
}

const languages = ['en', 'de', 'ar'] as const

/** Mails of each language and rhythm, plain and with everything. */
export const scenes: Record<string, { snapshot: Snapshot; envelope: Envelope }> = Object.fromEntries(
  languages.flatMap((language) => [
    [`week-${language}`, { snapshot: week(language), envelope: {} }],
    [`eventful-${language}`, { snapshot: eventful(week(language)), envelope: addressed }],
    [`day-${language}`, { snapshot: day(language), envelope: addressed }],
    [`month-${language}`, { snapshot: month(language), envelope: {} }],
    [`quarter-${language}`, { snapshot: quarter(language), envelope: {} }],
  ]),
)
