// Each reason accounts for what it says and for nothing else: a wrong figure beside it is still found.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compareOne, type Outcome } from '../../src/chatwoot/compare.ts'
import { csvRecords, csvText } from '../../src/chatwoot/csv-records.ts'
import type { Question } from '../../src/chatwoot/question.ts'
import { replyOf, type Reply } from '../../src/chatwoot/reply.ts'
import { reasons } from '../../src/chatwoot/reasons.ts'
import { httpSide } from '../../src/chatwoot/side.ts'
import { chatwootZone } from '../../src/chatwoot/zone-of-offset.ts'
import { listen } from './stand-in.ts'

type Scripted = Reply | ((address: string, times: number) => Reply)
const json = (body: unknown, status = 200) => replyOf(status, 'application/json', JSON.stringify(body))
const csv = (text: string) => replyOf(200, 'text/csv; charset=utf-8', text)
const html = (status: number) => replyOf(status, 'text/html', '<h1>Page</h1>')
const january = Date.UTC(2026, 0, 15) / 1000

/** Asks two servers one question: they answer what the test says. */
async function ask(question: Partial<Question>, chatwoot: Scripted, tidemark: Scripted): Promise<Outcome> {
  const route = question.route ?? 'reports/conversations'
  const asked: Question = { endpoint: route, version: 'v2', route, query: {}, ...question }
  const start = async (name: string, script: Scripted) => {
    let times = 0
    const server = await listen((request, response) => {
      const reply = typeof script === 'function' ? script(request.url ?? '', ++times) : script
      const type = { json: 'application/json', csv: 'text/csv', text: 'text/html', none: 'text/plain' }[reply.kind]
      response.writeHead(reply.status, { 'content-type': type })
      response.end(reply.kind === 'json' ? JSON.stringify(reply.body) : String(reply.body))
    })
    return { server, side: httpSide({ name, baseUrl: server.url, token: 'token', timeout: 5000 }) }
  }
  const [theirs, ours] = [await start('Chatwoot', chatwoot), await start('Tidemark', tidemark)]
  const served = new Set([`/api/${asked.version}/accounts/{account_id}/${route}`])
  const outcome = await compareOne({ chatwoot: theirs.side, tidemark: ours.side, accountId: 1, now: january, served }, asked)
  await Promise.all([theirs.server.close(), ours.server.close()])
  return outcome
}
const because = (...ids: string[]) => ({ reasons: ids, question: expect.anything() as object })
const at = (place: string, chatwoot: unknown, tidemark: unknown) => ({
  reasons: [],
  difference: { at: place, chatwoot, tidemark },
})

test('every reason is in the document, and every one of the document is a reason', () => {
  const document = readFileSync(new URL('../../docs/chatwoot-differences.md', import.meta.url), 'utf8')
  const [, section = ''] = document.split('## What `tidemark chatwoot compare` calls them')
  expect([...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id)).toEqual(reasons.map(({ id }) => id))
})

test('numbers are compared exactly, keys in any order, lists without one as sets', async () => {
  expect(await ask({}, json({ a: 90.0, b: null }), json({ b: null, a: 90 }))).toEqual(because())
  expect(await ask({}, json({ a: 0.1 + 0.2 }), json({ a: 0.3 }))).toMatchObject(at('a', 0.30000000000000004, 0.3))
  expect(await ask({}, json({ a: null }), json({ a: 0 }))).toMatchObject(at('a', null, 0))
  expect(await ask({}, json({}), json({ a: 1 }))).toMatchObject({ difference: { at: 'a', tidemark: 1 } })
  const rows = [
    { id: 2, n: 1 },
    { id: 1, n: 5 },
  ]
  const turned = rows.toReversed()
  expect(await ask({ unordered: 'root' }, json(rows), json(turned))).toEqual(because())
  expect(await ask({}, json(rows), json(turned))).toMatchObject({ difference: { at: '[0].id' } })
  expect(await ask({ unordered: 'root' }, json(rows), json([{ id: 1, n: 6 }, rows[0]]))).toMatchObject(at('[0].n', 5, 6))
  expect(await ask({ unordered: 'root' }, json(rows), json([...rows, rows[0]]))).toMatchObject(at('answer: length', 2, 3))
  expect(await ask({ unordered: 'payload' }, json({ payload: rows }), json({ payload: turned }))).toEqual(because())
})

test('statuses', async () => {
  const missing = json({ error: 'Resource could not be found' }, 404)
  expect(await ask({}, html(404), json({}))).toEqual(because('not-in-chatwoot'))
  expect(await ask({}, missing, json({}))).toMatchObject(at('status', 404, 200))
  expect(await ask({}, html(500), json({ error: 'type must be one of…' }, 422))).toEqual(because('refused-not-failed'))
  expect(await ask({}, html(500), json({}))).toMatchObject(at('status', 500, 200))
  const slow = json({ error: 'The request took too long to complete. Please try again.' }, 422)
  expect(await ask({}, slow, json({}))).toEqual(because('chatwoot-timeout'))
  expect(await ask({}, json({}), slow)).toMatchObject(at('status', 200, 422))
  expect(await ask({}, json([]), json({ error: 'A series has at most 20000 points, and…' }, 422))).toEqual(because('bounds'))
  expect(await ask({}, json([]), json({ error: 'since must be…' }, 422))).toMatchObject(at('status', 200, 422))
})

test('files', async () => {
  const file = (...lines: string[]) => csv(['Reporting period 2026-03-02 to 2026-03-16', '', '', ...lines, ''].join('\n'))
  const agents = { route: 'reports/agents', heading: 4 }
  expect(await ask(agents, file('Agent name,n', 'O&#39;Brien,1', 'B,2'), file('Agent name,n', 'B,2', "O'Brien,1"))).toEqual(because('csv-html')) // prettier-ignore
  expect(await ask(agents, file('Agent name,n', 'O&#39;Brien,3'), file('Agent name,n', "O'Brien,1"))).toMatchObject(at('[4][1]', '3', '1')) // prettier-ignore
  expect(await ask(agents, file('n', '&quot;a, &amp;amp;&quot;,1'), file('n', '"a, &amp;",1'))).toEqual(because('csv-html'))
  const [bare, full] = ['Inbox name,Inbox type,No. of conversations,Avg first response time,Avg resolution time', 'Avg customer waiting time,Resolution Count'] // prettier-ignore
  const inboxes = { route: 'reports/inboxes', heading: 4 }
  const row = 'A &amp; B,Website,1,N/A,N/A,N/A,0'
  expect(await ask(inboxes, file(bare, row), file(`${bare},${full}`, row.replace('&amp;', '&')))).toEqual(because('csv-html', 'csv-inbox-headings')) // prettier-ignore
  expect(await ask(agents, file(bare, row), file(`${bare},${full}`, row))).toMatchObject({ difference: { at: '[3]: length' } })
  expect(await ask(agents, file('n', '＝1+1,2', 'x,1'), file('n', "'＝1+1,2", 'x,1'))).toEqual(because('csv-formulas'))
  expect(await ask(agents, file('n', '＝1+1,2'), file('n', "'＝1+1,3"))).toMatchObject(at('[4][1]', '2', '3'))
})

test('pictures and presence, in rows of any order', async () => {
  const rows = (thumbnail: string, availability: string, open: number) => [{ id: 1, thumbnail, availability, metric: { open } }, { id: 2, thumbnail: '', availability: 'busy', metric: { open: 0 } }] // prettier-ignore
  const list = { unordered: 'root' } as const
  expect(await ask(list, json(rows('a.png', 'offline', 1)), json(rows('', 'offline', 1).toReversed()))).toEqual(
    because('thumbnail'),
  )
  expect(await ask(list, json(rows('a.png', 'online', 1)), json(rows('', 'offline', 1)))).toEqual(
    because('thumbnail', 'availability'),
  )
  expect(await ask(list, json(rows('', 'offline', 1)), json(rows('', 'online', 1)))).toMatchObject({ difference: { at: '[0].availability' } }) // prettier-ignore
  expect(await ask(list, json(rows('a.png', 'online', 2)), json(rows('', 'offline', 1)))).toMatchObject(
    at('[0].metric.open', 2, 1),
  )
})

test('what is Chatwoot’s own: confirmations, names of other accounts, its address', async () => {
  const response = (confirmed: boolean, name: string | null, rating: number) => json([{ id: 1, rating, assigned_agent: { id: 2, confirmed }, contact_name: name }]) // prettier-ignore
  expect(await ask({}, response(false, 'Zoe', 5), response(true, null, 5))).toEqual(because('confirmed', 'foreign-names'))
  expect(await ask({}, response(true, 'Zoe', 5), response(true, 'Ann', 5))).toMatchObject(at('[0].contact_name', 'Zoe', 'Ann'))
  expect(await ask({}, response(false, 'Zoe', 5), response(true, null, 4))).toMatchObject(at('[0].rating', 5, 4))
  const file = (base: string, id: number) => csv(`Agent Name,Link\nAnn,${base}/app/accounts/1/conversations/${id}\n`)
  const download = { route: 'csat_survey_responses/download', version: 'v1', heading: 1 } as const
  expect(await ask(download, file('https://desk.example.com', 7), file('http://127.0.0.1:3000', 7))).toEqual(
    because('csat-links'),
  )
  expect(await ask(download, file('https://desk.example.com', 7), file('http://127.0.0.1:3000', 8))).toMatchObject({
    reasons: [],
  })
})

test('the end of a page among equals', async () => {
  const page = (...ids: number[]) => json({ meta: {}, payload: ids.map((id) => ({ id, occurred_at: id > 3 ? 100 : 200 })) })
  const question = { unordered: 'payload', page: { key: 'occurred_at', size: 4 } } as const
  expect(await ask(question, page(1, 2, 3, 4), page(1, 2, 3, 5))).toEqual(because('page-ties'))
  expect(await ask({ ...question, page: { key: 'occurred_at', size: 25 } }, page(1, 2, 3, 4), page(1, 2, 3, 5))).toMatchObject({ difference: { at: 'payload[3].id' } }) // prettier-ignore
  expect(await ask(question, page(1, 2, 3, 4), page(1, 2, 0, 5))).toMatchObject({ reasons: [] })
})

test('zones: an offset is asked again by the zone that Chatwoot takes it for', async () => {
  expect(['-5', '0', '5.5', '12', '14', '7.25', 'abc'].map((offset) => chatwootZone(offset, january))).toEqual(
    ['America/Bogota', 'Europe/London', 'Asia/Kolkata', 'Pacific/Fiji', 'UTC', 'UTC', 'Europe/London'], // prettier-ignore
  )
  const series = { route: 'reports', query: { timezone_offset: '-5' } }
  const bogota = (figure: number) => (address: string) =>
    json([{ timestamp: address.includes('timezone=America%2FBogota') ? 5 : 4, value: figure }])
  expect(await ask(series, json([{ timestamp: 5, value: 1 }]), bogota(1))).toEqual(because('zone-of-offset'))
  expect(await ask(series, json([{ timestamp: 5, value: 1 }]), bogota(2))).toMatchObject(at('[0].value', 1, 2))
  expect(await ask({ ...series, query: {} }, json([{ timestamp: 5 }]), bogota(1))).toMatchObject({ difference: { at: '[0].timestamp' } }) // prettier-ignore
  const of = (offset: string, ...values: number[]) =>
    ask({ route: 'reports', query: { timezone_offset: offset } }, json([{ timestamp: 5, value: 1 }, { timestamp: 6, value: 2 }]), json(values.map((value, i) => ({ timestamp: 5 + i, value })))) // prettier-ignore
  expect(await of('6', 2, 1)).toEqual(because('tz-data'))
  expect(await of('6', 2)).toMatchObject({ reasons: [] })
  expect(await of('5', 2, 1)).toMatchObject(at('[0].value', 1, 2))
})

test('figures that move between two asks are asked for again', async () => {
  const counter = (from: number) => (_address: string, times: number) => json({ open: from + times })
  expect(await ask({}, (_address, times) => json({ open: times === 1 ? 1 : 2 }), json({ open: 2 }))).toEqual(because('moved'))
  expect(await ask({ live: true }, counter(0), counter(5))).toEqual(because('moved'))
  expect(await ask({}, counter(0), counter(5))).toMatchObject(at('open', 3, 8))
  expect(await ask({ live: true }, json({ open: 1 }), json({ open: 2 }))).toMatchObject(at('open', 1, 2))
})

test('CSV is read as RFC 4180 says', () => {
  expect(csvRecords('a,"b ""c"", d"\r\n\n,\n"x\ny",z')).toEqual([['a', 'b "c", d'], [''], ['', ''], ['x\ny', 'z']])
  expect(csvRecords('a,')).toEqual([['a', '']])
  expect(csvRecords('')).toEqual([])
  expect(csvRecords('a\n"b" c,d\n')).toEqual([['a'], ['"b" c', 'd']])
  expect(csvRecords('a\nb,c\rd,e\n')).toEqual([['a'], ['b', 'c\rd,e\n']])
  const records = [['a', 'b,"c"'], [''], ['', '\n']]
  expect(csvRecords(csvText(records))).toEqual(records)
})
