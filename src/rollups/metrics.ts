import { addsUp, type Formula, type Metric, type Uncounted, type Volume, type Weights } from './metric.ts'
import type { Part } from './parts.ts'

const rated = (rating: 1 | 2 | 3 | 4 | 5, direction: Metric['direction']): Volume =>
  volume(`CSAT answers of ${rating}`, `Answers to satisfaction surveys that rate ${rating}.`, `csat_${rating}`, direction)

const ratings = { csat_1: 1, csat_2: 1, csat_3: 1, csat_4: 1, csat_5: 1 } as const

function count(part: Part): Volume['formula'] {
  return { over: { [part]: 1 }, n: { [part]: 1 } }
}

function mean(name: 'first_response' | 'reply' | 'resolution', clock: 'value' | 'business'): Formula {
  return { over: { [`${name}_${clock}_sum`]: 1 }, by: { [`${name}_${clock}_n`]: 1 }, n: { [`${name}_n`]: 1 } }
}

function createdMean(name: 'first_response' | 'reply' | 'resolution', clock: 'value' | 'business'): Formula {
  const n = { [`created_${name}_${clock}_n`]: 1 }
  return { over: { [`created_${name}_${clock}_sum`]: 1 }, by: n, n }
}

/** Time metrics: an average in seconds with its variant in business hours; less is better. */
function time(title: string, definition: string, of: typeof mean, name: 'first_response' | 'reply' | 'resolution'): Metric {
  return { title, definition, unit: 'seconds', direction: 'lower', formula: of(name, 'value'), business: of(name, 'business') }
}

function volume(title: string, definition: string, part: Part, direction: Metric['direction'] = 'neither'): Volume {
  return { title, definition, unit: 'count', direction, formula: count(part) }
}

/**
 * The registry: every metric with its definition, unit, direction and the parts it is made from. Validation, column
 * headings and definition pages are made from it. Definitions follow Chatwoot 4.16's reports.
 */
const registry = {
  conversations_count: volume(
    'Conversations',
    'Conversations created in the period, of any status, filed under their present inbox, assignee, team and labels.',
    'conversations',
  ),
  incoming_messages_count: volume('Messages received', 'Incoming messages.', 'incoming_messages'),
  outgoing_messages_count: volume(
    'Messages sent',
    'Outgoing messages of agents, bots, the API and campaigns, private notes included; an agent’s are those he wrote.',
    'outgoing_messages',
  ),
  resolutions_count: volume(
    'Resolutions',
    'Times a conversation was resolved; one that is reopened and resolved again counts again.',
    'resolution_n',
    'higher',
  ),
  avg_first_response_time: time(
    'First response time',
    'Mean time from the start of a conversation (or its handoff or reopening) to the first human reply.',
    mean,
    'first_response',
  ),
  avg_resolution_time: time(
    'Resolution time',
    'Mean time from creation of a conversation to its resolution.',
    mean,
    'resolution',
  ),
  reply_time: time(
    'Customer waiting time',
    'Mean time from the customer’s first unanswered message to the reply, first responses left out.',
    mean,
    'reply',
  ),
  bot_resolutions_count: {
    ...volume(
      'Bot resolutions',
      'Resolutions by a bot of conversations that were not handed off in the period.',
      'bot_resolutions',
      'higher',
    ),
    distinct: 'bot_resolutions',
  },
  bot_handoffs_count: {
    ...volume('Bot handoffs', 'Conversations that a bot handed to a person in the period.', 'bot_handoffs', 'lower'),
    distinct: 'bot_handoffs',
  },
  reopened_count: volume('Reopened', 'Times a conversation was opened again after it had been resolved.', 'reopenings', 'lower'),
  first_contact_resolution: {
    title: 'First-contact resolution',
    definition:
      'Share of resolutions that took at most one human reply after which the conversation stayed resolved. A conversation that is resolved twice in a row counts once.',
    unit: 'percent',
    direction: 'higher',
    formula: { over: { first_contact_closings: 100 }, by: { closings: 1 }, n: { closings: 1 } },
  },
  open_conversations_count: {
    title: 'Open at the end',
    definition:
      'Conversations that were not resolved (open, pending or snoozed) when the period ended, by their latest resolution or opening.',
    unit: 'count',
    direction: 'lower',
    formula: {
      over: { conversations: 1, closings: -1, reopenings: 1 },
      n: { conversations: 1, closings: -1, reopenings: 1 },
    },
    stock: true,
  },
  unique_contacts_count: {
    title: 'Unique contacts',
    definition: 'People who began at least one conversation in the period.',
    unit: 'count',
    direction: 'neither',
    formula: { over: { contacts: 1 }, n: { contacts: 1 } },
    distinct: 'contacts',
  },
  csat_responses_count: {
    ...volume('CSAT responses', 'Answers to satisfaction surveys.', 'csat_1'),
    formula: { over: ratings, n: ratings },
  },
  csat_1_count: rated(1, 'lower'),
  csat_2_count: rated(2, 'lower'),
  csat_3_count: rated(3, 'neither'),
  csat_4_count: rated(4, 'higher'),
  csat_5_count: rated(5, 'higher'),
  csat_surveys_count: volume('CSAT surveys', 'Satisfaction surveys sent.', 'surveys'),
  csat_score: {
    title: 'CSAT',
    definition: 'Share of answers that rate 4 or 5.',
    unit: 'percent',
    direction: 'higher',
    formula: { over: { csat_4: 100, csat_5: 100 }, by: ratings, n: ratings },
  },
  csat_rating: {
    title: 'CSAT rating',
    definition: 'Mean rating from 1 to 5.',
    unit: 'rating',
    direction: 'higher',
    formula: { over: { csat_1: 1, csat_2: 2, csat_3: 3, csat_4: 4, csat_5: 5 }, by: ratings, n: ratings },
  },
  csat_response_rate: {
    title: 'CSAT response rate',
    definition: 'Answers per survey sent, both counted in the period.',
    unit: 'percent',
    direction: 'higher',
    formula: {
      over: { csat_1: 100, csat_2: 100, csat_3: 100, csat_4: 100, csat_5: 100 },
      by: { surveys: 1 },
      n: { surveys: 1 },
    },
  },
  tagged_conversations_count: volume(
    'Conversations (label summary)',
    'Conversations created in the period that carry exactly this tag.',
    'tagged_conversations',
  ),
  tagged_resolutions_count: volume(
    'Resolutions (label summary)',
    'Resolutions in the period of conversations that carry exactly this tag.',
    'tagged_resolutions',
    'higher',
  ),
  created_first_response_time: time(
    'First response time (label summary)',
    'Mean first response time of conversations created in the period, whenever the response came.',
    createdMean,
    'first_response',
  ),
  created_resolution_time: time(
    'Resolution time (label summary)',
    'Mean resolution time of conversations created in the period, whenever they were resolved.',
    createdMean,
    'resolution',
  ),
  created_reply_time: time(
    'Customer waiting time (label summary)',
    'Mean waiting time in conversations created in the period, whenever the reply came.',
    createdMean,
    'reply',
  ),
} satisfies Record<string, Metric>

export type MetricName = keyof typeof registry
/**
 * The metrics whose values of ranges side by side, or of all ids of a dimension but labels, add up to the value of all. Only these
 * may be added up as values; of an average, a share, what is counted without repeats and what there is at the end of a
 * range the parts are. What is declared otherwise does not compile where values are added.
 */
export type AdditiveMetric = { [M in MetricName]: (typeof registry)[M] extends Volume ? M : never }[MetricName]
export const metrics: Readonly<Record<MetricName, Metric>> = registry
export const metricNames = Object.keys(registry) as MetricName[]

export const isAdditive = (name: MetricName): name is AdditiveMetric => addsUp(metrics[name])

/** A metric's value over some rows and how many things it was made from. `null`: there is nothing to say, not 0. */
export interface Figure {
  value: number | null
  n: number
}

/** The parts that a metric needs. */
export function partsOf(name: MetricName, businessHours = false): Part[] {
  const { over, by, n } = formulaOf(name, businessHours)
  const named = [over, by ?? {}, n].flatMap((weights) => Object.keys(weights) as (Part | Uncounted)[])
  return [...new Set(named)].filter((part): part is Part => part !== 'contacts')
}

export function formulaOf(name: MetricName, businessHours = false): Formula {
  const metric = metrics[name]
  return (businessHours ? metric.business : undefined) ?? metric.formula
}

/** Parts added up. */
export type Sums = Partial<Record<Part | Uncounted, number>>

/** Makes a metric's value from added-up parts; a part that is missing counts 0. */
export function figureOf(name: MetricName, sums: Sums, businessHours = false): Figure {
  const { over, by, n } = formulaOf(name, businessHours)
  const total = weigh(over, sums)
  const divisor = by && weigh(by, sums)
  return { value: divisor === undefined ? total : divisor === 0 ? null : total / divisor, n: weigh(n, sums) }
}

function weigh(weights: Weights, sums: Sums): number {
  let total = 0
  for (const part in weights) total += (weights[part as Part] ?? 0) * (sums[part as Part] ?? 0)
  return total
}
