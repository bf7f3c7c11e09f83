import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import type { Filter } from '../../src/rollups/rolling/filter.ts'
import { csatReport, type CsatFigures } from '../../src/reports/csat.ts'
import { rollEverything } from '../http/desk.ts'
import { CLOSED, createDeskDatabase, OPENED, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import type { TestDatabase } from '../support/database.ts'

let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openDesk(database.pool, 'America/New_York')
  await writeHistory(database.pool, desk, 120)
  await writeHistory(database.pool, await openDesk(database.pool, 'UTC'), 50)
  // Nobody's: the answers of some conversations, and the conversations of some surveys.
  await run(database.pool, 'update csat_survey_responses set assigned_agent_id = null where id % 7 = 0')
  await run(database.pool, 'update conversations set assignee_id = null where id % 5 = 0')
})
afterAll(() => database.drop())

const range = { since: OPENED + 5000, until: CLOSED - 7000 }
const report = async (filter?: Filter, over = range) =>
  csatReport(database.pool, desk.accountId, { range: over, ...(filter && { filter }) })

interface Fact extends Record<string, unknown> {
  rating: number | null
  agent: number | null
  inbox: number | null
  team: number | null
}

/** Answers and surveys (without a rating) one by one. */
const facts = () =>
  many<Fact>(
    database.pool,
    `select r.rating, r.assigned_agent_id as agent, c.inbox_id as inbox, c.team_id as team
     from csat_survey_responses r join conversations c on c.id = r.conversation_id
     where r.account_id = $1 and r.created_at >= to_timestamp($2) at time zone 'UTC' and r.created_at < to_timestamp($3) at time zone 'UTC'
     union all
     select null, c.assignee_id, m.inbox_id, c.team_id from messages m join conversations c on c.id = m.conversation_id
     where m.account_id = $1 and m.content_type = 9
       and m.created_at >= to_timestamp($2) at time zone 'UTC' and m.created_at < to_timestamp($3) at time zone 'UTC'`,
    [desk.accountId, range.since, range.until],
  )

function figuresOf(list: Fact[]): CsatFigures {
  const ratings = list.map((fact) => fact.rating).filter((rating) => rating !== null)
  const [n, sent] = [ratings.length, list.length - ratings.length]
  const count = (...wanted: number[]) => ratings.filter((rating) => wanted.includes(rating)).length
  const counted = (value: number) => ({ value, n: value })
  return {
    score: { value: n ? (100 * count(4, 5)) / n : null, n },
    averageRating: { value: n ? ratings.reduce((sum, rating) => sum + rating, 0) / n : null, n },
    responseRate: { value: sent ? (100 * n) / sent : null, n: sent },
    responses: counted(n),
    surveysSent: counted(sent),
    ratings: { 1: counted(count(1)), 2: counted(count(2)), 3: counted(count(3)), 4: counted(count(4)), 5: counted(count(5)) },
    positive: { value: count(4, 5), n },
    negative: { value: count(1, 2), n },
  }
}

const filters: [string, () => Filter | undefined, (fact: Fact) => boolean][] = [
  ['everything', () => undefined, () => true],
  ['no filter', () => ({}), () => true],
  ['an agent', () => ({ agent: [desk.agents[1]!] }), (fact) => fact.agent === desk.agents[1]],
  ['an inbox', () => ({ inbox: [desk.inboxes[1]!] }), (fact) => fact.inbox === desk.inboxes[1]],
  ['a team', () => ({ team: [desk.teams[1]!] }), (fact) => fact.team === desk.teams[1]],
  ['an inbox and a team', () => ({ inbox: [desk.inboxes[0]!], team: [desk.teams[0]!] }), (fact) => fact.inbox === desk.inboxes[0] && fact.team === desk.teams[0]], // prettier-ignore
  ['what does not exist', () => ({ inbox: [987_654] }), () => false],
]

describe.each([false, true])('with rollups: %s', (rolled) => {
  beforeAll(async () => {
    if (rolled) await rollEverything(database.pool, CLOSED)
  })

  test.each(filters)('the figures of %s are those of the rows', async (_name, filter, fits) => {
    const { data, source } = await report(filter())
    const list = (await facts()).filter(fits)
    const { agents, ...total } = data
    expect(total).toEqual(figuresOf(list))
    const ids = [...new Set(list.map((fact) => fact.agent))].sort((a, b) => (a ?? Infinity) - (b ?? Infinity))
    expect(agents).toEqual(
      ids.map((id) => ({
        agentId: id,
        name: id === null ? null : 'agent',
        ...figuresOf(list.filter((fact) => fact.agent === id)),
      })),
    )
    expect(source).toBe(rolled && Object.keys(filter() ?? {}).length === 0 ? 'mixed' : source)
    if (!rolled) expect(source).toBe('raw')
  })
})

test('of nothing there is nothing to say', async () => {
  const { data } = await report(undefined, { since: range.until, until: range.since })
  expect(data).toEqual({ ...figuresOf([]), agents: [] })
  expect(data.score).toEqual({ value: null, n: 0 })
})
