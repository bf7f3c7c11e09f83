import { many, run, transaction, type Pool, type Queryable } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { accounts, insert, RandomRows, whole, type Table } from './random-rows.ts'

/** How often something happens to each table. */
const weights: { weight: number; table: Table }[] = [
  { weight: 3, table: 'conversations' },
  { weight: 5, table: 'messages' },
  { weight: 6, table: 'reporting_events' },
  { weight: 1, table: 'csat_survey_responses' },
  { weight: 2, table: 'taggings' },
]

/** Columns that updates set, some of which matter to no report. */
const columns: Record<Table, string[]> = {
  conversations: ['contact_id', 'inbox_id', 'assignee_id', 'team_id', 'created_at', 'updated_at'],
  messages: ['message_type', 'content_type', 'sender_type', 'sender_id', 'inbox_id', 'conversation_id', 'created_at', 'private'],
  reporting_events: [
    'name',
    'value',
    'value_in_business_hours',
    'inbox_id',
    'user_id',
    'conversation_id',
    'account_id',
    'created_at',
  ],
  csat_survey_responses: ['rating', 'assigned_agent_id', 'conversation_id', 'created_at', 'updated_at'],
  taggings: ['tag_id', 'context', 'taggable_id', 'taggable_type', 'created_at'],
}

/** Changes the raw rows of two desks, by lot, one act at a time. */
export class RandomDesk {
  readonly #pool: Pool
  readonly #random: Random
  readonly #rows: RandomRows

  constructor(pool: Pool, random: Random, middle: number) {
    this.#pool = pool
    this.#random = random
    this.#rows = new RandomRows(random, middle)
  }

  /** Rows that were there before Tidemark was: no trigger has seen them, nothing is rolled. */
  async beginWithHistory(): Promise<void> {
    await transaction(this.#pool, async (tx) => {
      await tx.query('set local session_replication_role = replica')
      for (let i = 0; i < 6; i++) await this.#insertSome(tx, whole(this.#random, 10, 40))
      await run(tx, 'insert into tidemark.accounts (account_id) select id from accounts')
    })
  }

  /** Does something to the raw rows and says what. */
  async change(): Promise<string> {
    const random = this.#random
    const { act } = random.weighted([
      { weight: 8, act: () => this.#insertSome(this.#pool, 1) },
      { weight: 5, act: () => this.#insertSome(this.#pool, whole(random, 2, 20)) },
      { weight: 3, act: () => this.#insertTogether() },
      { weight: 9, act: () => this.#update() },
      { weight: 3, act: () => this.#relabel() },
      { weight: 4, act: () => this.#delete() },
      { weight: 0.4, act: () => this.#truncate() },
    ])
    return act()
  }

  async #insertSome(db: Queryable, n: number): Promise<string> {
    const { table } = this.#random.weighted(weights)
    const rows = []
    for (let i = 0; i < n; i++) rows.push(await this.#rows.make(db, table))
    await insert(db, table, rows)
    return `insert ${n} ${table} ${JSON.stringify(rows)}`
  }

  /** Several tables in one transaction, perhaps rolled back. */
  async #insertTogether(): Promise<string> {
    const said: string[] = []
    const back = new Error('rolled back')
    await transaction(this.#pool, async (tx) => {
      for (let i = 0; i < 3; i++) said.push(await this.#insertSome(tx, whole(this.#random, 1, 4)))
      if (this.#random.chance(0.2)) throw back
    }).catch((error: unknown) => {
      if (error !== back) throw error
      said.push('rolled back')
    })
    return said.join('; ')
  }

  /** Sets a column of some rows to what another row of their kind might have there. */
  async #update(): Promise<string> {
    const random = this.#random
    const { table } = random.weighted(weights)
    const column = random.pick(columns[table])
    const value = (await this.#rows.make(this.#pool, table))[column]!
    const ids = await this.#some(table)
    const text = `update ${table} set ${column} = r.${column} from jsonb_populate_record(null::${table}, $1) as r where ${table}.id = any ($2)`
    await run(this.#pool, text, [JSON.stringify({ [column]: value }), ids])
    return `update ${table} set ${column} = ${value} where id in (${ids.join(', ')})`
  }

  /** Labels and tags themselves are made, renamed, deleted; two of one account never get the same name. */
  async #relabel(): Promise<string> {
    const random = this.#random
    const title = random.pick(['bug', 'Bug', 'BUG', 'v_p', 'vXp', 'VIP', 'größe', 'other', 'new'])
    const [account, label, tag] = [random.pick(accounts), random.pick([61, 62, 63, 71, 72, 73]), whole(random, 81, 88)]
    const [text, values] = random.pick<[string, unknown[]]>([
      [
        `update labels set title = $1 where id = $2 and not exists (select from labels l where l.title = $1 and l.account_id = labels.account_id)`,
        [title, label],
      ],
      [`delete from labels where id = $1`, [label]],
      [
        `insert into labels (id, account_id, title, created_at, updated_at) select $1::int, $2::int, $3::text, now(), now()
        where not exists (select from labels where id = $1 or title = $3 and account_id = $2)`,
        [label, account, title],
      ],
      [`update tags set name = $1 where id = $2 and not exists (select from tags where name = $1)`, [title, tag]],
      [`delete from tags where id = $1`, [tag]],
      [
        `insert into tags (id, name) select $1::int, $2::text where not exists (select from tags where id = $1 or name = $2)`,
        [tag, title],
      ],
    ])
    const changed = await run(this.#pool, text, values)
    return `${text} ${JSON.stringify(values)}: ${changed}`
  }

  async #delete(): Promise<string> {
    const { table } = this.#random.weighted(weights)
    const ids = await this.#some(table)
    await run(this.#pool, `delete from ${table} where id = any ($1)`, [ids])
    return `delete from ${table} where id in (${ids.join(', ')})`
  }

  async #truncate(): Promise<string> {
    const table = this.#random.pick([...weights.map((one) => one.table), 'tags', 'labels'])
    await run(this.#pool, `truncate ${table}`)
    return `truncate ${table}`
  }

  /** One row, or a fifth of the table. */
  async #some(table: Table): Promise<number[]> {
    const rows = await many<{ id: number }>(this.#pool, `select id from ${table} order by id`)
    if (rows.length > 0 && this.#random.chance(0.75)) return [this.#random.pick(rows).id]
    return rows.filter(() => this.#random.chance(0.2)).map(({ id }) => id)
  }
}
