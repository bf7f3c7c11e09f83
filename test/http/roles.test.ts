// Who may what: every operation that the description of the API has below an account, asked with a token of every role.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { roles, type Role } from '../../src/access/own-token.ts'
import { byCommand } from '../../src/audit/change.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { asking } from './digests.ts'
import { NOON, openOffice } from './office.ts'
import { operationsOf, type Operation } from './operations.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
let operations: Operation[]
const tokens = {} as Record<Role, string>
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  ask = asking(app)
  operations = (await operationsOf(app)).filter(({ path }) => path.includes('{account_id}'))
  for (const role of roles) {
    const input = { name: role, role, userId: role === 'agent' ? 2 : null, expiresAt: null }
    tokens[role] = (await createToken(database.pool, 1, input, byCommand(NOON))).text
  }
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const readers = ['administrator', 'report_manager', 'viewer'] as const
const managers = ['administrator', 'report_manager'] as const

/** The first rule that an operation fits says who may ask it: docs/access.md. A new route needs one. */
const rules: [RegExp, readonly Role[]][] = [
  [/^GET \/v2\/year_in_review/, ['agent']],
  [/^GET \/v2\/reports\/drilldown/, ['administrator']],
  [/^GET \/v2\//, readers],
  [/^GET \/v1\/csat_survey_responses\/metrics/, readers],
  [/^GET \/v1\/csat_survey_responses/, managers],
  [/^GET \/v1\/reports\/(summary|timeseries|agents)$/, roles],
  [/^GET \/v1\/reports\/drilldown/, managers],
  [/^GET \/v1\/reports\/\w+$/, readers],
  [/^GET \/v1\/(targets|settings)$/, readers],
  [/ \/v1\/tokens/, ['administrator']],
  [/^(PUT|PATCH) \/v1\/(targets|settings|recipient_policy)$/, ['administrator']],
  [/^DELETE \/v1\/recipients$/, ['administrator']],
  [/ \/v1\/(digests|recipient_groups|deliveries|recipients|suppressions|recipient_policy)/, managers],
]

const inShort = ({ method, path }: Operation) => `${method} ${path.replace('/api', '').replace('/accounts/{account_id}', '')}`

test('every operation has a rule, and every rule an operation', () => {
  const names = operations.map(inShort)
  expect(names.filter((name) => !rules.some(([pattern]) => pattern.test(name)))).toEqual([])
  expect(rules.filter(([pattern]) => !names.some((name) => pattern.test(name)))).toEqual([])
})

test.each(roles)('%s may ask what he may, and is refused all else before anything of it is looked at', async (role) => {
  const found = await Promise.all(
    operations.map(async (operation) => {
      const status = await statusOf(operation, tokens[role])
      // Chatwoot says 401, our own routes 403.
      const refused = isChatwoots(operation) ? status === 401 : status === 403
      return [inShort(operation), refused ? 'refused' : status === 401 || status === 403 ? status : 'asked']
    }),
  )
  const expected = operations.map((operation) => {
    const [, allowed] = rules.find(([pattern]) => pattern.test(inShort(operation)))!
    return [inShort(operation), allowed.includes(role) ? 'asked' : 'refused']
  })
  expect(found).toEqual(expected)
})

const isChatwoots = ({ path }: Operation) => path.startsWith('/api/v2/') || path.includes('csat_survey')

/** With what each of them needs to be looked at; ids are nobody's. */
async function statusOf({ method, path }: Operation, token: string): Promise<number> {
  const version = path.startsWith('/api/v2/') ? 'v2' : 'v1'
  const query = version === 'v2' ? '?type=account&group_by=team_id' : ''
  const url = path.replace('{account_id}', '1').replace(/\{\w+\}/g, '999999') + query
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { payload: { nothing: true } } : {}
  return (await app.inject({ method, url, headers: { api_access_token: token }, ...body })).statusCode
}

describe('an agent', () => {
  const range = 'since=2026-06-08&until=2026-06-15'
  const as = (token: string) => async (path: string) => ask('GET', path, undefined, { token })

  test.each(['own token', 'Chatwoot’s token'])('has his own figures, and needs not say so (%s)', async (which) => {
    const his = as(which === 'own token' ? tokens.agent : 'token-2')
    for (const path of ['summary', 'timeseries']) {
      const { json } = await ask('GET', `reports/${path}?${range}&type=agent&id=2`)
      for (const query of ['', '&type=agent', '&id=2', '&type=agent&id=2'])
        expect((await his(`reports/${path}?${range}${query}`)).json).toEqual(json)
      for (const query of [
        '&type=account',
        '&type=agent&id=1',
        '&id=1',
        '&type=inbox&id=1',
        '&type=team&id=1',
        '&type=agent&id=5',
      ]) {
        const { status, json: refusal } = await his(`reports/${path}?${range}${query}`)
        expect([query, status, refusal.detail]).toEqual([
          query,
          403,
          expect.stringContaining('Agents are told their own figures'),
        ])
      }
    }
    const { json } = await ask('GET', `reports/summary?${range}&type=agent&id=2`)
    expect(json.figures.resolutions_count.value).toBe(1)
  })

  test('has his own row of the table, and no total but his own; in a file, too', async () => {
    const all = (await ask('GET', `reports/agents?${range}`)).json
    expect(all.rows).toHaveLength(4)
    for (const query of ['', '&agent_ids=2', '&agent_ids[]=2']) {
      const { json } = await as(tokens.agent)(`reports/agents?${range}${query}`)
      expect(json.rows).toEqual(all.rows.filter(({ id }: { id: number }) => id === 2))
      expect(json.total.conversations_count).toEqual(json.rows[0].figures.conversations_count)
      expect(json.total.conversations_count.value).toBeLessThan(all.total.conversations_count.value)
    }
    const { json: file } = await as(tokens.agent)(`reports/agents?${range}&format=csv`)
    expect(file).not.toMatch(/Ann|Cleo|Hara/)
    for (const query of ['&agent_ids=1', '&agent_ids[]=2&agent_ids[]=1', '&agent_ids=0'])
      expect((await as(tokens.agent)(`reports/agents?${range}${query}`)).status).toBe(403)
  })

  test('with a custom role that has no reports in it has none', async () => {
    for (const path of ['summary', 'timeseries', 'agents'])
      expect((await as('token-4')(`reports/${path}?${range}`)).status).toBe(403)
  })
})

test('a manager’s and a viewer’s token read on v2 what a member with report_manage reads', async () => {
  const url = '/api/v2/accounts/1/reports/summary?type=account&since=1780833600&until=1781524800'
  const read = async (token: string) => (await app.inject({ url, headers: { api_access_token: token } })).json()
  const expected = await read('token-3')
  expect(expected).toHaveProperty('previous')
  expect([await read(tokens.report_manager), await read(tokens.viewer), await read(tokens.administrator)]).toEqual([expected, expected, expected]) // prettier-ignore
})

test('a token that stands for nobody may keep digests, and asks nobody for a test mail', async () => {
  const token = tokens.report_manager
  const body = { name: 'Mine', zone: 'UTC', cadence: { every: 'day', time: '08:00' }, recipients: [{ address: 'a@example.com' }] }
  const key = { headers: { 'idempotency-key': 'k' } }
  const made = await ask('POST', 'digests', body, { token, ...key })
  expect([made.status, made.json.owner_id]).toEqual([201, null])
  expect((await ask('POST', 'digests', body, { token, ...key })).json.id).toBe(made.json.id)
  const test = await ask('POST', `digests/${made.json.id}/test`, undefined, { token })
  expect([test.status, test.json.detail]).toEqual([422, expect.stringContaining('stands for nobody')])
  expect((await ask('GET', `digests/${made.json.id}/preview?format=json&lens=own`, undefined, { token })).status).toBeLessThan(
    500,
  )
})
