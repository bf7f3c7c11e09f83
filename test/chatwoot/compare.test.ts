// The comparison as an operator runs it: a process of its own against a server that answers as Chatwoot does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agreement } from '../../src/chatwoot/agreement.ts'
import type { App } from '../../src/http/app.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollEverything, serve } from '../http/desk.ts'
import { NOON, openOffice } from '../http/office.ts'
import { chatwootQuirks, standIn, type Quirk } from './stand-in.ts'

/** In winter, about the summer: the account's clocks are 5 hours behind UTC now and were 4 in the range. */
const CLOCK = '2027-01-15T12:00:00Z'
const TOKEN = 'token-1'

let database: TestDatabase
let desk: App
let ours: App
let oursUrl: string
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool, NOON - 86400)
  const clock = () => Date.parse(CLOCK) / 1000
  desk = serve(database.pool, { clock })
  ours = serve(database.pool, { clock })
  oursUrl = await ours.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await desk.close()
  await ours.close()
  await database.drop()
})

const compare = (url: string, ...more: string[]) => {
  const [since, until] = ['2026-05-31', '2026-06-16']
  const args = ['--url', url, '--account', '1', '--since', since, '--until', until, ...more]
  return tidemark(['--json', 'chatwoot', 'compare', ...args], { DATABASE_URL: database.url, TIDEMARK_CLOCK: CLOCK })
}
async function compared(quirks: readonly Quirk[], ...more: string[]) {
  const chatwoot = await standIn(desk, quirks)
  const finished = await compare(chatwoot.url, '--token', TOKEN, ...more)
  await chatwoot.close()
  expect(finished.stdout + finished.stderr).not.toContain(TOKEN)
  expect(finished.stderr).not.toMatch(/\n\s+at /)
  return { ...finished, agreement: (finished.stdout === '' ? undefined : JSON.parse(finished.stdout)) as Agreement }
}

// A process of its own that asks hundreds of questions twice takes its time on a busy machine.
const PATIENCE = { timeout: 240_000 }

describe('a desk that answers as documented', PATIENCE, () => {
  test('agrees or differs for named reasons: exit 0', async () => {
    const { code, agreement } = await compared(chatwootQuirks, '--timezone-offset', '-5', '--sample', '2')
    expect({ code, findings: agreement.findings, differing: agreement.differing }).toEqual({
      code: 0,
      findings: [],
      differing: 0,
    })
    const of = (endpoint: string) => agreement.endpoints.find((row) => row.endpoint === endpoint)
    // The account, two of four agents, an inbox, a team and a label; nine metrics of each.
    expect(of('reports by week')).toMatchObject({ asked: 54, differing: 0 })
    expect(of('reports by day')!.reasons).toEqual(['zone-of-offset'])
    expect(of('reports by day')!.explained).toBeGreaterThan(0)
    expect(of('reports/summary')).toMatchObject({ asked: 6, equal: 6 })
    expect(of('summary_reports/agent')).toMatchObject({ asked: 1, equal: 1 })
    expect(of('reports/agents')).toMatchObject({ asked: 1, explained: 1, reasons: ['csv-html'] })
    expect(of('reports/inboxes')).toMatchObject({ asked: 1, explained: 1, reasons: ['csv-inbox-headings'] })
    expect(agreement.endpoints.map(({ endpoint }) => endpoint)).toEqual(
      expect.arrayContaining(['reports/drilldown', 'reports/bot_metrics', 'reports/inbox_label_matrix', 'reports/outgoing_messages_count',
        'reports/first_response_time_distribution', 'summary_reports/channel', 'reports/conversation_traffic', 'reports/conversations',
        'live_reports/conversation_metrics', 'live_reports/grouped_conversation_metrics', 'csat_survey_responses',
        'csat_survey_responses/metrics', 'csat_survey_responses/download', 'reporting_events', 'applied_slas/metrics']), // prettier-ignore
    )
    const { asked, equal, explained } = agreement
    expect(equal + explained).toBe(asked)
    for (const { sentence, questions } of agreement.reasons) expect({ sentence, questions }).toEqual({ sentence: expect.stringMatching(/\.$/) as string, questions: expect.any(Number) as number }) // prettier-ignore
  })

  test('over HTTP, of the busiest entities only, in business hours', async () => {
    const { code, agreement } = await compared(chatwootQuirks, '--against', `${oursUrl}/`, '--sample', '1', '--business-hours')
    expect({ code, findings: agreement.findings }).toEqual({ code: 0, findings: [] })
    expect(agreement.endpoints.find(({ endpoint }) => endpoint === 'reports by hour')).toMatchObject({ asked: 45, equal: 45 })
  })
})

describe('what nobody documented', PATIENCE, () => {
  test('a wrong figure is found among all the right ones, and said where: exit 3', async () => {
    const wrong: Quirk = {
      answer: (outgoing, url) =>
        url.pathname.endsWith('/summary_reports/agent')
          ? { ...outgoing, body: outgoing.body.replace('"resolved_conversations_count":1', '"resolved_conversations_count":2') }
          : outgoing,
    }
    const { code, agreement } = await compared([...chatwootQuirks, wrong], '--sample', '1')
    expect({ code, differing: agreement.differing }).toEqual({ code: 3, differing: 1 })
    expect(agreement.findings).toEqual([
      {
        address: '/api/v2/accounts/1/summary_reports/agent?since=1780185600&until=1781568000',
        at: '[1].resolved_conversations_count',
        chatwoot: 2,
        tidemark: 1,
      },
    ])
  })

  test('a wrong cell in a file, a wrong bucket of a series, an answer that fails', async () => {
    const wrong: Quirk = {
      answer: (outgoing, url) => {
        if (url.pathname.endsWith('/teams')) return { ...outgoing, body: outgoing.body.replace('first line,1', 'first line,3') }
        if (url.pathname.endsWith('/reports/bot_summary')) return { status: 500, type: 'text/html', body: '<h1>Sorry</h1>' }
        const isSeries = url.searchParams.get('metric') === 'conversations_count' && url.searchParams.get('group_by') === 'week'
        return isSeries ? { ...outgoing, body: outgoing.body.replace('"value":2', '"value":7') } : outgoing
      },
    }
    const { code, agreement } = await compared([...chatwootQuirks, wrong], '--sample', '1', '--timezone-offset', '-5')
    expect(code).toBe(3)
    const findings = new Map(agreement.findings.map((finding) => [finding.address.split('?')[0], finding]))
    expect(findings.get('/api/v2/accounts/1/reports/teams')).toMatchObject({ at: '[4][1]', chatwoot: '3', tidemark: '1' })
    expect(findings.get('/api/v2/accounts/1/reports/bot_summary')).toMatchObject({ at: 'status', chatwoot: 500, tidemark: 200 })
    expect(findings.get('/api/v2/accounts/1/reports')).toMatchObject({ chatwoot: 7, tidemark: 2 })
  })
})
