import { metrics, type Figure } from '../../src/rollups/metrics.ts'
import {
  digestMetrics,
  type Day,
  type DigestMetric,
  type Entity,
  type Moment,
  type Pair,
  type Snapshot,
} from '../../src/digests/snapshot/snapshot.ts'

type Given = Partial<Record<DigestMetric, [current: number | null, n: number, previous: number | null, previousN: number]>>

/** An entity or account in which nothing happened but what is given, as [current, n, previous, n before]. */
export function pairs(given: Given = {}): Record<DigestMetric, Pair> {
  const pair = (name: DigestMetric): Pair => {
    const empty = metrics[name].unit === 'count' ? 0 : null
    const [current, n, previous, previousN] = given[name] ?? [empty, 0, empty, 0]
    return { current: { value: current, n }, previous: { value: previous, n: previousN } }
  }
  return Object.fromEntries(digestMetrics.map((name) => [name, pair(name)])) as Record<DigestMetric, Pair>
}

/** Counts now and before, first response now and before with their n: what most rows of a table are about. */
export function entity(
  id: number,
  name: string,
  [conversations, before]: [number, number],
  [resolved, resolvedBefore]: [number, number],
  response?: [number | null, number, number | null, number],
  more: Partial<Entity> & { given?: Given } = {},
): Entity {
  const { given, ...rest } = more
  const figures = pairs({
    conversations_count: [conversations, conversations, before, before],
    resolutions_count: [resolved, resolved, resolvedBefore, resolvedBefore],
    ...(response ? { avg_first_response_time: response } : {}),
    ...given,
  })
  return { id, name, since: null, isNew: false, isGone: false, figures, ...rest }
}

export const at = (local: string, offset = 7200): Moment => ({ at: Date.parse(`${local}:00Z`) / 1000 - offset, local, offset })

const dates = (first: string, count: number) =>
  Array.from({ length: count }, (_, i) => new Date(Date.parse(first) + i * 86_400_000).toISOString().slice(0, 10))

export function days(first: string, conversations: number[]): Day[] {
  return dates(first, conversations.length).map((date, i) => {
    const count = conversations[i] as number
    const figures = Object.fromEntries(
      digestMetrics.map((name): [DigestMetric, Figure] => {
        if (name === 'conversations_count') return [name, { value: count, n: count }]
        if (name === 'resolutions_count') return [name, { value: Math.round(count * 0.96), n: Math.round(count * 0.96) }]
        if (name === 'avg_first_response_time')
          return [name, count > 30 ? { value: 700 + count, n: count } : { value: null, n: 0 }]
        return [name, metrics[name].unit === 'count' ? { value: 0, n: 0 } : { value: null, n: 0 }]
      }),
    ) as Record<DigestMetric, Figure>
    return { date, figures }
  })
}

const hours = Array.from({ length: 7 }, (_, day) =>
  Array.from({ length: 24 }, (_, hour) => {
    const open =
      day < 5
        ? [0, 0, 0, 0, 0, 0, 1, 3, 6, 11, 12, 11, 8, 9, 10, 9, 7, 5, 3, 2, 1, 1, 0, 0]
        : [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    return day === 1 && hour === 10 ? 19 : Math.max(0, (open[hour] as number) - ((day * 7 + hour * 3) % 3))
  }),
)

/** Shares a day's conversations out to its hours as a usual day has them. */
function spread(total: number, day: number[]): number[] {
  const sum = day.reduce((all, value) => all + value, 0)
  let left = total
  const shared = day.map((value) => {
    const share = Math.floor((total * value) / sum)
    left -= share
    return share
  })
  // What rounding leaves goes to the busiest hour.
  const busiest = day.indexOf(Math.max(...day))
  return shared.map((value, hour) => (hour === busiest ? value + left : value))
}

const perDay = [92, 104, 88, 91, 79, 31, 27]
const perDayBefore = [88, 90, 84, 81, 70, 34, 27]

/** The week of 4 May 2026 at a desk of eleven agents. Fixed figures: tests and golden files rely on them. */
export const acme: Snapshot = {
  version: 2,
  edition: 1,
  account: { id: 7, name: 'Acme Support' },
  digest: { id: 3, name: 'Managers' },
  language: 'en',
  window: { unit: 'week', count: 1 },
  cadence: 'weekly',
  scope: [],
  zone: 'Europe/Berlin',
  firstWeekday: 1,
  businessHours: false,
  csvDelimiter: ',',
  period: { since: at('2026-05-04T00:00'), until: at('2026-05-11T00:00'), firstDate: '2026-05-04', lastDate: '2026-05-10' },
  previous: { since: at('2026-04-27T00:00'), until: at('2026-05-04T00:00'), firstDate: '2026-04-27', lastDate: '2026-05-03' },
  comparison: 'full',
  comparedWith: 'previous',
  data: {
    takenAt: at('2026-05-11T09:00'),
    completeThrough: at('2026-05-11T08:59'),
    periodOver: true,
    lastActivity: at('2026-05-11T08:41'),
    missing: [],
  },
  metrics: digestMetrics.map((name) => {
    const { title, definition, unit, direction, stock } = metrics[name]
    return { name, title, definition, unit, direction, ...(stock ? { stock } : {}) }
  }),
  totals: pairs({
    conversations_count: [512, 512, 474, 474],
    resolutions_count: [498, 498, 480, 480],
    avg_first_response_time: [842, 468, 954, 441],
    avg_resolution_time: [20_400, 498, 20_460, 480],
    reply_time: [1330, 1204, 1188, 1150],
    incoming_messages_count: [2317, 2317, 2204, 2204],
    outgoing_messages_count: [1988, 1988, 1875, 1875],
    bot_resolutions_count: [31, 31, 0, 0],
    bot_handoffs_count: [12, 12, 18, 18],
    csat_score: [91.6667, 96, 88.8889, 90],
    csat_rating: [4.52, 96, 4.4, 90],
    csat_responses_count: [96, 96, 90, 90],
    csat_surveys_count: [310, 310, 298, 298],
    csat_response_rate: [30.9677, 310, 30.2013, 298],
    open_conversations_count: [27, 27, 18, 18],
  }),
  tables: {
    agents: [
      entity(1, 'Ana Ruiz', [71, 64], [69, 66], [580, 66, 734, 60]),
      entity(2, 'Bo Chen', [64, 66], [60, 65], [1085, 61, 1043, 63]),
      entity(3, 'Priya Natarajan', [58, 51], [57, 50], [761, 55, 763, 49]),
      entity(4, 'Jonas Weber', [55, 57], [54, 56], [695, 52, 902, 55]),
      entity(5, 'Sofía Fernández', [49, 47], [47, 49], [934, 46, 1012, 44]),
      entity(6, 'Marek Dvořák', [44, 50], [45, 48], [1214, 41, 876, 47]),
      entity(7, 'Oluwaseun Adeyemi', [41, 38], [40, 37], [655, 39, 690, 35]),
      entity(8, 'Yuki Tanaka', [38, 35], [37, 36], [802, 37, 811, 33]),
      entity(9, 'Kim Lee', [22, 0], [20, 0], [672, 19, null, 0], { since: '2026-05-06', isNew: true }),
      entity(10, 'Tom Hall', [3, 12], [2, 11], [4200, 2, 1400, 10]),
      entity(11, 'Ivy Park', [0, 14], [0, 13], [null, 0, 1100, 12], { isGone: true }),
      entity(0, 'Unassigned', [67, 40], [67, 49]),
    ],
    teams: [
      entity(1, 'Billing', [142, 111], [138, 112], [790, 130, 905, 104]),
      entity(2, 'Product', [231, 240], [226, 241], [861, 214, 842, 225]),
      entity(3, 'Onboarding', [88, 79], [85, 80], [1120, 80, 1134, 74]),
    ],
    inboxes: [
      entity(1, 'Email', [188, 170], [181, 172], [1633, 171, 1890, 160], { given: { reply_time: [2830, 410, 2110, 395] } }),
      entity(2, 'Website chat', [246, 231], [243, 233], [214, 229, 236, 214]),
      entity(3, 'WhatsApp', [78, 73], [74, 75], [1310, 68, 960, 67]),
    ],
    labels: [
      entity(1, 'billing', [131, 100], [127, 101], [802, 120, 910, 93]),
      entity(2, 'bug', [74, 81], [70, 83], [1101, 69, 1079, 76]),
      entity(3, 'shipping', [61, 58], [60, 58], [690, 57, 702, 53]),
      entity(4, 'refund', [38, 36], [37, 35], [744, 36, 761, 33]),
      entity(5, 'feature-request', [29, 24], [25, 22], [1532, 26, 1496, 22]),
      entity(6, 'spam', [4, 0], [4, 0], [400, 3, null, 0]),
    ],
  },
  daily: {
    current: days('2026-05-04', perDay),
    previous: days('2026-04-27', perDayBefore),
  },
  hours: hours.map((row, day) => spread(perDay[day]!, row)),
  previousHours: hours.map((row, day) => spread(perDayBefore[day]!, row)),
  targets: [],
  thresholds: [],
  corrections: [],
}

/** A changed copy of the fixture. */
export function acmeWith(change: Partial<Snapshot>): Snapshot {
  return { ...acme, ...change }
}
