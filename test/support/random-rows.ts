import { many, run, transaction, type Pool, type Queryable } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { bucketTables } from '../../src/rollups/rolling/statements.ts'

/** Two desks that share tags and an agent. Their ids are known beforehand. */
export const accounts = [1, 2] as const
export const idsOf = {
  account: { 1: [1], 2: [2] },
  inbox: { 1: [11, 12], 2: [21] },
  team: { 1: [31, 32], 2: [41] },
  agent: { 1: [51, 52, 53], 2: [53, 54] },
  label: { 1: [61, 62, 63, 73], 2: [71, 72, 73] },
} as const
const tagNames = ['bug', 'Bug', 'v_p', 'VIP', 'größe', 'Größe', 'other']
/** Conversations that rows speak of before they are there, if they ever are. */
const nowhere = [900_001, 900_002, 900_003]

const tables = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings'] as const
export type Table = (typeof tables)[number]
export type Row = Record<string, string | number | boolean | null>

export const whole = (random: Random, low: number, high: number) => Math.floor(random.between(low, high + 1))

const stamps = { created_at: '2011-01-01', updated_at: '2011-01-01' }

/** Makes the desks' fixed rows, and no other. */
export async function openDesks(db: Queryable): Promise<void> {
  for (const id of accounts) {
    const mine = { account_id: id, ...stamps }
    await insert(db, 'accounts', [{ id, name: `desk ${id}`, ...stamps }])
    await insert(
      db,
      'inboxes',
      idsOf.inbox[id].map((inbox) => ({
        id: inbox,
        channel_id: 1,
        channel_type: inbox === 12 ? 'Channel::Email' : 'Channel::Api',
        name: 'inbox',
        ...mine,
      })),
    )
    await insert(
      db,
      'teams',
      idsOf.team[id].map((team) => ({ id: team, name: `team ${team}`, ...mine })),
    )
  }
  await insert(
    db,
    'users',
    [51, 52, 53, 54].map((id) => ({ id, name: 'agent', uid: `agent ${id}`, ...stamps })),
  )
}

const ours = [
  'dirty_hours',
  'dirty_scopes',
  'accounts',
  'backfills',
  'bot_events',
  'verified_days',
  'reconciliations',
  ...bucketTables,
]

/** Back to two desks without history, in a few milliseconds: no trigger fires, and none of Tidemark's rows is left. */
export async function emptyDesks(pool: Pool): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query('set local session_replication_role = replica')
    for (const table of [...tables, 'tags', 'labels', ...ours.map((name) => `tidemark.${name}`)])
      await run(tx, `delete from ${table}`)
    await run(tx, `update accounts set settings = '{}'`)
    const labels = [
      [61, 1, 'bug'],
      [62, 1, 'v_p'],
      [63, 1, 'Größe'],
      [71, 2, 'bug'],
      [72, 2, 'Bug'],
    ] as const
    await insert(
      tx,
      'labels',
      labels.map(([id, account_id, title]) => ({ id, account_id, title, ...stamps })),
    )
    await insert(
      tx,
      'tags',
      tagNames.map((name, i) => ({ id: 81 + i, name })),
    )
  })
}

/** Adds rows of one shape in one statement; a row whose id is taken stays away. */
export async function insert(db: Queryable, table: string, rows: Row[]): Promise<void> {
  const columns = Object.keys(rows[0]!).join(', ')
  const text = `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1) on conflict do nothing`
  await run(db, text, [JSON.stringify(rows)])
}

/** Raw rows by lot, with everything a report can trip over: no value, no agent, no conversation or one that is not there. */
export class RandomRows {
  readonly #random: Random
  readonly #middle: number
  readonly #longAgo: number
  readonly #farAhead: number
  #nextId = 1

  /** @param middle most things happen within some days of it (seconds) */
  constructor(random: Random, middle: number) {
    this.#random = random
    this.#middle = middle
    // In some stories only: a backfill of half a year by the hour takes as long as ten of some days.
    this.#longAgo = random.chance(0.15) ? 90 : 8
    this.#farAhead = random.chance(0.15) ? 40 : 5
  }

  /** A row for a table; ids are never used twice. */
  async make(db: Queryable, table: Table): Promise<Row> {
    const random = this.#random
    const account = random.pick([1, 1, 2] as const)
    const id = this.#nextId++
    const at = this.#at()
    const agent = random.pick([...idsOf.agent[account], null])
    const row = { id, account_id: account, created_at: at, updated_at: at }
    if (table === 'conversations') return { ...row, ...this.#conversation(account, id), assignee_id: agent }
    const conversation_id = await this.#conversationId(db, account)
    if (table === 'taggings') return { id, created_at: at, taggable_id: conversation_id, ...(await this.#tagging(db)) }
    if (table === 'csat_survey_responses')
      return { ...row, conversation_id, message_id: id, contact_id: 1, rating: whole(random, 1, 5), assigned_agent_id: agent }
    if (table === 'messages')
      return { ...row, conversation_id, inbox_id: random.pick(idsOf.inbox[account]), sender_id: agent, ...this.#message() }
    return {
      ...row,
      ...this.#event(),
      account_id: random.chance(0.02) ? null : account,
      user_id: agent,
      inbox_id: random.pick([...idsOf.inbox[account], ...idsOf.inbox[account], null]),
      conversation_id: random.chance(0.1) ? null : conversation_id,
    }
  }

  /** An instant as text: near the middle, often on the hour or a microsecond off, now and then long ago or far ahead. */
  #at(): string {
    const random = this.#random
    const { days } = random.weighted([
      { weight: 80, days: random.between(-3, 3) },
      { weight: 8, days: random.between(-0.2, 0.2) },
      { weight: 8, days: random.between(-this.#longAgo, 0) },
      { weight: 4, days: random.between(0, this.#farAhead) },
    ])
    let micros = Math.round((this.#middle + days * 86400) * 1e6)
    if (random.chance(0.3)) micros = Math.round(micros / 9e8) * 9e8 + random.pick([-1, 0, 0, 1, 1e6])
    return new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1) + String(micros % 1000).padStart(3, '0')
  }

  async #conversationId(db: Queryable, account: number): Promise<number> {
    const rows = await many<{ id: number }>(db, 'select id from conversations where account_id = $1 order by id', [account])
    return rows.length === 0 || this.#random.chance(0.1) ? this.#random.pick(nowhere) : this.#random.pick(rows).id
  }

  /** Sometimes the one that rows have been speaking of all along. */
  #conversation(account: 1 | 2, fresh: number): Row {
    const random = this.#random
    const id = random.chance(0.1) ? random.pick(nowhere) : fresh
    const place = {
      inbox_id: random.pick(idsOf.inbox[account]),
      team_id: random.pick([...idsOf.team[account], null]),
      contact_id: random.pick([1, 2, 3, null]),
    }
    return { id, ...place, display_id: 1_000_000 + fresh, last_activity_at: '2011-01-01' }
  }

  async #tagging(db: Queryable): Promise<Row> {
    const random = this.#random
    const tags = await many<{ id: number }>(db, 'select id from tags order by id')
    const { type } = random.weighted([
      { weight: 9, type: 'Conversation' },
      { weight: 1, type: 'Contact' },
    ])
    return {
      tag_id: tags.length === 0 ? 81 : random.pick(tags).id,
      taggable_type: type,
      context: random.pick(['labels', 'labels', 'labels', 'topics']),
    }
  }

  #message(): Row {
    const random = this.#random
    const kind = { message_type: random.pick([0, 0, 1, 1, 1, 2, 3]), content_type: random.pick([0, 0, 0, 9]) }
    return { ...kind, sender_type: random.pick(['User', 'User', 'Contact', 'AgentBot', null]), private: random.chance(0.1) }
  }

  /** Values are quarters of seconds, so that their sums are the same in whichever order they are added up. */
  #event(): Row {
    const random = this.#random
    const value = () => random.pick([null, 0, whole(random, 0, 400) / 4, whole(random, 0, 1_000_000) / 4, 3600])
    const times = ['first_response', 'reply_time', 'conversation_resolved']
    const opened = ['conversation_opened', 'conversation_opened', 'conversation_resolved']
    const bots = ['conversation_bot_resolved', 'conversation_bot_handoff']
    return {
      name: random.pick([...times, ...bots, ...bots, ...opened, null]),
      value: value(),
      value_in_business_hours: value(),
    }
  }
}
