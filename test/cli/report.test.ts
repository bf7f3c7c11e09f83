// Every report as a person or a script asks for it: the command line says what the API says.
import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { many, run } from '../../src/db.ts'
import { tinyDesk } from '../../src/demo/desk.ts'
import { generateDesk } from '../../src/demo/generate.ts'
import { get, serve, type Given } from '../http/desk.ts'
import { tidemark } from '../support/command.ts'
import { parseCsv } from '../support/csv.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { injections } from '../reports/tables.ts'

const NOW = Date.UTC(2026, 4, 11) / 1000
let database: TestDatabase
let folder: string
let app: App
const command = (...args: string[]) =>
  tidemark(args, { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOW * 1000).toISOString() })
const week = ['--account', '1', '--since', '2026-05-04', '--until', '2026-05-11']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-report-'))
  database = await createStandalone()
  await generateDesk(database.pool, { seed: 7, accounts: tinyDesk(), now: NOW })
  const agents = await many<{ id: number }>(
    database.pool,
    'select user_id as id from account_users where account_id = 1 order by 1',
  )
  for (const [i, { id }] of agents.entries()) {
    await run(database.pool, 'update users set name = $2 where id = $1', [id, injections[i % injections.length]])
  }
  await run(
    database.pool,
    `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at)
     select 'User', user_id, 'admin', now(), now() from account_users where account_id = 1 and role = 1 limit 1`,
  )
  app = serve(database.pool, { clock: () => NOW })
})
afterAll(async () => {
  await app.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

/** The same question over HTTP. */
async function api(name: string, query: Given) {
  const range = name === 'live' ? {} : { since: '2026-05-04', until: '2026-05-11' }
  const answer = await get(app, `/api/v1/accounts/1/reports/${name}`, { ...range, ...query }, { api_access_token: 'admin' })
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, ''])
  return answer
}

/** The reports (teams and inboxes are asked as agents are): the name here and in the API, options here and parameters there. */
const asked: [name: string, route: string, options: string[], query: Given][] = [
  ['summary', 'summary', ['--compare', '--target', '3600'], { compare: 'previous', target: '3600' }],
  ['timeseries', 'timeseries', ['--metrics', 'conversations_count,avg_resolution_time', '--group-by', 'week', '--compare', 'year'], { metrics: 'conversations_count,avg_resolution_time', group_by: 'week', compare: 'year' }],
  ['agents', 'agents', ['--sort', '-conversations_count', '--stat', 'p90', '--business-hours'], { sort: '-conversations_count', stat: 'p90', business_hours: 'true' }],
  ['labels', 'labels', ['--inbox-ids', '1,2', '--agent-ids', '0', '--tz', 'Europe/Lisbon'], { inbox_ids: ['1', '2'], agent_ids: '0', timezone: 'Europe/Lisbon' }],
  ['heatmap', 'heatmap', ['--counted', 'messages', '--compare'], { counted: 'messages', compare: 'previous' }],
  ['first-response', 'first_response_buckets', ['--compare'], { compare: 'previous' }],
  ['outgoing', 'outgoing_messages', ['--by', 'agent', '--compare'], { by: 'agent', compare: 'previous' }],
  ['matrix', 'inbox_label_matrix', ['--compare'], { compare: 'previous' }],
  ['csat', 'csat', ['--compare'], { compare: 'previous' }],
  ['bots', 'bots', ['--compare'], { compare: 'previous' }],
  ['drilldown', 'drilldown', ['--metric', 'resolutions_count', '--per-page', '30'], { metric: 'resolutions_count', per_page: '30' }],
  ['live', 'live', [], {}],
] // prettier-ignore

test.each(asked)('report %s takes its options and answers as the API does', async (name, route, options, query) => {
  const range = name === 'live' ? ['--account', '1'] : week
  const { code, stdout, stderr } = await command('--json', 'report', name, ...range, ...options)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Made from: (raw|mixed|rollup)/) as string })
  expect(JSON.parse(stdout)).toEqual((await api(route, query)).json())
})

test('CSV on standard output and a workbook in a file are byte for byte those of the API', async () => {
  const file = join(folder, 'agents.xlsx')
  const csv = await command('report', 'agents', ...week, '--format', 'csv')
  expect(csv.stdout).toBe((await api('agents', { format: 'csv' })).body)
  const names = parseCsv(csv.stdout.slice(1))
    .slice(1)
    .map((row) => row[8])
  expect(names).toEqual(expect.arrayContaining([`'=HYPERLINK("http://x.example","click")`, "'+1", 'two\nlines']))
  const xlsx = await command('report', 'agents', ...week, '--format', 'xlsx', '--out', file)
  expect(xlsx).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`Written: ${file}`) as string })
  expect((await api('agents', { format: 'xlsx' })).rawPayload.equals(await readFile(file))).toBe(true)
})

test('what a table says: durations in words, no data where there is none', async () => {
  const { stdout } = await command('report', 'summary', ...week, '--type', 'agent', '--id', String(await quietAgent()))
  expect(stdout).toMatch(/First response time +no data +0\n/)
  const busy = await command('report', 'summary', ...week, '--metrics', 'avg_resolution_time')
  expect(busy.stdout).toMatch(/Resolution time +\d+ (d|h|min)( \d+ (h|min|s))? +\d+\n/)
  expect(busy.stdout).toContain('2026-05-04 – 2026-05-10 · Asia/Kolkata · times around the clock')
})

/** One who was made a member and has done nothing. */
async function quietAgent(): Promise<number> {
  const [user] = await many<{ id: number }>(
    database.pool,
    `insert into users (name, email, created_at, updated_at) values ('Quiet', 'quiet@example.com', now(), now()) returning id`,
  )
  await run(
    database.pool,
    'insert into account_users (account_id, user_id, role, created_at, updated_at) values (1, $1, 0, now(), now())',
    [user!.id],
  )
  return user!.id
}

test('days back, an end that is now, and a CSV as one wants it', async () => {
  const [relative, named] = await Promise.all([
    command('--json', 'report', 'summary', '--account', '1', '--since', '-7d'),
    command('--json', 'report', 'summary', '--account', '1', '--since', String(NOW - 7 * 86400), '--until', String(NOW)),
  ])
  expect(relative.code).toBe(0)
  expect(relative.stdout).toBe(named.stdout)
  const csv = await command('report', 'agents', ...week, '--format', 'csv', '--no-bom', '--delimiter', 'semicolon')
  expect(csv.stdout.startsWith('account_id;period_start;period_end;time_zone;')).toBe(true)
  expect(parseCsv(csv.stdout, ';').length).toBeGreaterThan(2)
})

test('wrong input exits 2 with a sentence and no stack trace; a file that cannot be written exits 1', async () => {
  const wrong = [
    ['report', 'agents', '--account', '999', '--since', '-7d'],
    ['report', 'agents', ...week, '--inbox-ids', '987654'],
    ['report', 'outgoing', ...week],
  ]
  for (const args of wrong) {
    const { code, stderr, stdout } = await command(...args)
    const [stack, said] = [/\n\s+at /.test(stderr), stderr.trim() !== '']
    expect({ args, code, stdout, stack, said }).toEqual({ args, code: 2, stdout: '', stack: false, said: true })
  }
  const out = join(folder, 'no', 'file.csv')
  const { code, stderr } = await command('report', 'agents', ...week, '--format', 'csv', '--out', out)
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${out} cannot be written (ENOENT).\n` })
})
