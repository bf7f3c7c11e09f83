/** What a rollup row is filed under. The number is the one stored; an id of 0 means "none" (unassigned, no team…). */
export const dimensions = { account: 0, inbox: 1, agent: 2, team: 3, label: 4 } as const
export type Dimension = keyof typeof dimensions
export const dimensionNames = Object.keys(dimensions) as Dimension[]

/** The raw tables that parts are counted from; each has one `.sql` file in `source-parts/`. */
export type Source = 'conversations' | 'messages' | 'events' | 'csat' | 'status' | 'tagged'

const timed = (name: string) =>
  ({
    [`${name}_n`]: ['events', 'integer'],
    [`${name}_value_n`]: ['events', 'integer'],
    [`${name}_value_sum`]: ['events', 'double precision'],
    [`${name}_business_n`]: ['events', 'integer'],
    [`${name}_business_sum`]: ['events', 'double precision'],
  }) as const

const created = (name: string) =>
  ({
    [`created_${name}_value_n`]: ['tagged', 'integer'],
    [`created_${name}_value_sum`]: ['tagged', 'double precision'],
    [`created_${name}_business_n`]: ['tagged', 'integer'],
    [`created_${name}_business_sum`]: ['tagged', 'double precision'],
  }) as const

/**
 * Every additive part, in column order: the source it is counted from and its type. Parts of one range are the sum of
 * the parts of any split of it. `*_n` counts events, `*_value_n` those with a value, `*_value_sum` adds seconds;
 * `business` is the same in business hours.
 *
 * `tagged` parts exist on label rows only: Chatwoot's label summary matches tags exactly and averages the events of
 * conversations *created* in the range, so these are filed under the conversation's creation.
 */
const columns = {
  conversations: ['conversations', 'integer'],
  incoming_messages: ['messages', 'integer'],
  outgoing_messages: ['messages', 'integer'],
  surveys: ['messages', 'integer'],
  ...timed('first_response'),
  ...timed('reply'),
  ...timed('resolution'),
  bot_resolutions: ['events', 'integer'],
  bot_resolutions_detached: ['events', 'integer'],
  bot_handoffs: ['events', 'integer'],
  csat_1: ['csat', 'integer'],
  csat_2: ['csat', 'integer'],
  csat_3: ['csat', 'integer'],
  csat_4: ['csat', 'integer'],
  csat_5: ['csat', 'integer'],
  closings: ['status', 'integer'],
  reopenings: ['status', 'integer'],
  first_contact_closings: ['status', 'integer'],
  tagged_conversations: ['tagged', 'integer'],
  tagged_resolutions: ['events', 'integer'],
  ...created('first_response'),
  ...created('reply'),
  ...created('resolution'),
} as const

/** The events whose times are measured. */
export type Timed = 'first_response' | 'reply' | 'resolution'
/** How Chatwoot names them. */
export const eventOf = {
  first_response: 'first_response',
  reply: 'reply_time',
  resolution: 'conversation_resolved',
} as const satisfies Record<Timed, string>
type Clocked = `${'value' | 'business'}_${'n' | 'sum'}`
export type Part =
  | Exclude<keyof typeof columns, number | symbol | `${string}_value_${string}` | `${string}_business_${string}`>
  | `${Timed}_n`
  | `${Timed}_${Clocked}`
  | `created_${Timed}_${Clocked}`

export const parts = Object.keys(columns) as Part[]
export const sourceOf = (part: Part): Source => columns[part as keyof typeof columns][0]
export const typeOf = (part: Part): 'integer' | 'double precision' => columns[part as keyof typeof columns][1]

/** Parts that only label rows have; on other rows they are null, which costs a bit instead of bytes. */
export const labelOnly = (part: Part): boolean => sourceOf(part) === 'tagged' || part === 'tagged_resolutions'

/** The histograms kept beside the parts: the time metrics, in both clocks. Columns of the histogram tables. */
export const histograms = [
  'first_response_value',
  'first_response_business',
  'reply_value',
  'reply_business',
  'resolution_value',
  'resolution_business',
] as const
export type Histogram = (typeof histograms)[number]
