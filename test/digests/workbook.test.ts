import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { fingerprint, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { workbookOf } from '../../src/digests/files/workbook.ts'
import { collected } from '../../src/files/chunks.ts'
import { unzip } from '../support/unzip.ts'
import { readXlsx } from '../support/xlsx.ts'
import { formulas, markup } from './corpus.ts'
import { acme, acmeWith, entity } from './fixture.ts'
import { week } from './scenes.ts'

const fileOf = (snapshot: Snapshot) => collected(workbookOf(snapshot))
const open = async (snapshot: Snapshot) => readXlsx(await fileOf(snapshot))

test('the sheets, in reading order', async () => {
  expect((await open(acme)).names).toEqual([
    'Summary',
    'Agents',
    'Teams',
    'Inboxes',
    'Labels',
    'Daily',
    'Hours',
    'CSAT',
    'Bots',
    'Definitions',
    'About',
  ])
})

test('every table has title, period, account total, header; is frozen below and filtered from the header', async () => {
  const { of } = await open(acme)
  for (const name of ['Summary', 'Agents', 'Teams', 'Inboxes', 'Labels', 'Daily', 'Hours']) {
    const { xml, cells } = of(name)
    expect(cells.get('A1')?.value).toContain('Acme Support')
    expect(cells.get('A2')?.value).toContain('Mon 4 – Sun 10 May 2026, compared with 27 Apr – 3 May · Europe/Berlin')
    expect(cells.get('A3')?.value).toContain('Account total')
    expect(xml).toMatch(/<pane xSplit="1" ySplit="4" topLeftCell="B5" activePane="bottomRight" state="frozen"\/>/)
    expect(xml).toMatch(/<autoFilter ref="A4:[A-Z]+\d+"/)
    expect(xml).toMatch(/orientation="landscape"[^>]*fitToWidth="1" fitToHeight="0"/)
  }
  expect(of('Labels').cells.get('A2')?.value).toContain('do not add them up')
})

test('figures are numbers in the units of a spreadsheet, changes of durations in minutes', async () => {
  const { of } = await open(acme)
  const agents = of('Agents').cells
  const header = (title: string) =>
    [...agents].find(([address, cell]) => /^[A-Z]+4$/.test(address) && cell.value === title)?.[0].slice(0, -1)
  const ana = (title: string) => agents.get(`${header(title)}5`)
  expect(agents.get('A5')).toMatchObject({ value: 'Ana Ruiz', type: 'text' })
  expect(ana('Conversations')).toMatchObject({ value: 71, format: '#,##0' })
  expect(ana('Conversations Δ')).toMatchObject({ value: 7, format: '+#,##0;-#,##0;0' })
  expect(ana('First response time')).toMatchObject({ format: '[h]:mm:ss' })
  expect((ana('First response time')?.value as number) * 86_400).toBeCloseTo(580)
  expect(ana('First response time Δ min')).toMatchObject({ format: '+0.0;-0.0;0.0' })
  expect(ana('First response time Δ min')?.value).toBeCloseTo(-154 / 60)
  expect(ana('First response time Δ %')?.value).toBeCloseTo(580 / 734 - 1)
  expect(ana('First response time n')?.value).toBe(66)
  const summary = of('Summary').cells
  const csat = [...summary].find(([, cell]) => cell.value === 'CSAT')?.[0].slice(1)
  expect(summary.get(`B${csat}`)).toMatchObject({ format: '0.0%' })
  expect(summary.get(`B${csat}`)?.value).toBeCloseTo(0.916667)
  expect(summary.get(`D${csat}`)).toMatchObject({ format: '+0.0;-0.0;0.0' })
  expect(of('Daily').cells.get('A5')).toMatchObject({ type: 'number', format: 'yyyy-mm-dd' })
})

test('missing is an empty cell, never 0; what is new has a note instead of a change', async () => {
  const { of } = await open(acme)
  const cells = of('Agents').cells
  const column = (title: string) =>
    [...cells].find(([address, cell]) => /^[A-Z]+4$/.test(address) && cell.value === title)?.[0].slice(0, -1)
  const rowOf = (name: string) => [...cells].find(([, cell]) => cell.value === name)?.[0].slice(1)
  expect(cells.has(`${column('Conversations Δ')}${rowOf('Kim Lee')}`)).toBe(false)
  expect(cells.get(`${column('Note')}${rowOf('Kim Lee')}`)?.value).toBe('new since 2026-05-06')
  expect(cells.has(`${column('First response time')}${rowOf('Ivy Park')}`)).toBe(false)
  expect(cells.get(`${column('Note')}${rowOf('Ivy Park')}`)?.value).toBe('no longer here')
  expect(cells.has(`${column('First response time Δ min')}${rowOf('Tom Hall')}`)).toBe(false)
  expect(cells.get(`${column('Id')}${rowOf('Tom Hall')}`)?.value).toBe(10)
})

test('surveys and bots have sheets of their own, with all that have figures there; none where a desk uses neither', async () => {
  const ana = entity(1, 'Ana Ruiz', [71, 64], [69, 66], undefined, {
    given: { csat_score: [90, 40, 80, 35], csat_responses_count: [40, 40, 35, 35] },
  })
  const email = entity(4, 'E-mail', [9, 9], [9, 9], undefined, { given: { bot_handoffs_count: [12, 12, 18, 18] } })
  const { of } = await open(acmeWith({ tables: { ...acme.tables, agents: [ana], inboxes: [email] } }))
  const rows = (name: string) =>
    [...of(name).cells].filter(([address]) => /^A([5-9]|\d\d)$/.test(address)).map(([, cell]) => cell.value)
  expect(rows('CSAT')).toEqual(['Agent: Ana Ruiz'])
  expect(rows('Bots')).toEqual(['Inbox: E-mail'])
  const csat = of('CSAT').cells
  expect([csat.get('B4')?.value, csat.get('B5'), csat.get('C5')?.value, csat.get('D5')]).toMatchObject([
    'CSAT',
    { value: 0.9, format: '0.0%' },
    40,
    { value: 10, format: '+0.0;-0.0;0.0' },
  ])
  expect(of('Bots').cells.get('E3')?.value).toBe(-6)
  const none = { current: { value: 0, n: 0 }, previous: { value: 0, n: 0 } }
  const unused = acmeWith({
    totals: {
      ...acme.totals,
      csat_score: none,
      csat_rating: none,
      csat_responses_count: none,
      csat_surveys_count: none,
      csat_response_rate: none,
      bot_resolutions_count: none,
      bot_handoffs_count: none,
    },
  })
  expect((await open(unused)).names.filter((name) => name === 'CSAT' || name === 'Bots')).toEqual([])
})

test('changes are coloured by whether they are good, with arrows so that colour is not alone', async () => {
  const { of, files } = await open(acme)
  const rules = of('Summary').xml.match(/<conditionalFormatting[\s\S]*?<\/conditionalFormatting>/g) ?? []
  expect(rules.every((rule) => rule.includes('3ArrowsGray'))).toBe(true)
  const styles = [
    ...(files.get('xl/styles.xml')?.text.split('<dxfs')[1]?.split('</dxfs')[0] ?? '').matchAll(/<dxf>([\s\S]*?)<\/dxf>/g),
  ].map(([, dxf = '']) => dxf)
  const colourOf = (row: number, operator: string) => {
    const rule =
      rules.find((each) => new RegExp(`sqref="D${row}(:|")`).test(each) || each.includes(`sqref="D${row - 1}:D${row}"`)) ?? ''
    return /rgb="(\w+)"/.exec(styles[Number(new RegExp(`dxfId="(\\d+)"[^>]*operator="${operator}"`).exec(rule)?.[1])] ?? '')?.[1]
  }
  // Row 6 is resolutions (more is better), row 7 first response (less is better).
  expect([colourOf(6, 'greaterThan'), colourOf(7, 'lessThan')]).toEqual(['FF0A6B45', 'FF0A6B45'])
  expect([colourOf(6, 'lessThan'), colourOf(7, 'greaterThan')]).toEqual(['FFB3261E', 'FFB3261E'])
  expect(of('Hours').xml).toContain('<colorScale>')
})

test('names stay text, whatever they look like, and nothing in the file is a formula', async () => {
  // XML has no way to write most control characters, a carriage return is read as a line end.
  const names = [...formulas, ...markup].map((name) => name.replace(/[^\P{Cc}\t\n]/gu, ''))
  const agents = names.map((name, i) => entity(i + 1, name, [1000 - i, 0], [0, 0]))
  const {
    of,
    names: sheets,
    files,
  } = await open(
    acmeWith({ account: { id: 7, name: '=1+1' }, tables: { agents, teams: agents, inboxes: agents, labels: agents } }),
  )
  for (const name of sheets) expect(of(name).xml).not.toMatch(/<f[ >]|<hyperlink/)
  for (const name of ['Agents', 'Teams', 'Inboxes', 'Labels']) {
    const { cells } = of(name)
    const written = names.map((_, i) => cells.get(`A${i + 5}`))
    expect(written.every((cell) => cell?.type === 'text')).toBe(true)
    expect(written.map((cell) => String(cell?.value).trim())).toEqual(names.map((each) => each.trim()))
  }
  expect([...files.keys()].filter((name) => /vba|external|macro/i.test(name))).toEqual([])
})

test('the same snapshot gives the same bytes, at any time of day', async () => {
  const sha = async () =>
    createHash('sha256')
      .update(await fileOf(acme))
      .digest('hex')
  const first = await sha()
  vi.useFakeTimers({ now: new Date('2031-01-02T03:04:05Z'), toFake: ['Date'] })
  expect(await sha()).toBe(first)
  vi.useRealTimers()
  for (const { time } of unzip(await fileOf(acme)).values()) expect(time).toBe(0x00210000)
})

test('a snapshot that went through the database gives the same bytes as the one that was stored', async () => {
  const backwards = JSON.parse(JSON.stringify(acme), (_, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toReversed()) : value,
  ) as Snapshot
  expect((await fileOf(backwards)).equals(await fileOf(acme))).toBe(true)
})

const judged = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  targets: [
    {
      type: 'account',
      id: 7,
      times: 'first_response',
      seconds: 900,
      name: snapshot.account.name,
      value: 842,
      n: 468,
      missed: false,
    },
    { type: 'inbox', id: 1, times: 'reply', seconds: 1800, name: '=Email', value: 2830, n: 410, missed: true },
    { type: 'team', id: 3, times: 'resolution', seconds: 3600, name: 'Onboarding', value: null, n: 0, missed: false },
  ],
  thresholds: [
    { metric: 'csat_score', limit: 'below', value: 95, figure: { value: 91.6667, n: 96 }, missed: true },
    { metric: 'conversations_count', limit: 'above', value: 600, figure: { value: 512, n: 512 }, missed: false },
  ],
  corrections: [
    {
      metric: 'avg_first_response_time',
      firstDate: '2026-04-27',
      lastDate: '2026-05-03',
      was: { value: 960, n: 440 },
      now: { value: 954, n: 441 },
    },
  ],
})

test('what was promised, and what earlier mails had wrong, has sheets of its own', async () => {
  const { names, of } = await open(judged(acme))
  expect(names.slice(0, 4)).toEqual(['Summary', 'Targets', 'Corrections', 'Agents'])
  const row = (sheet: string, number: number) =>
    'ABCDEFG'.split('').map((column) => of(sheet).cells.get(`${column}${number}`)).map((cell) => cell && [cell.value, cell.format])
  const [general, duration] = ['General', '[h]:mm:ss']
  expect([5, 6, 7, 8, 9].map((number) => row('Targets', number))).toEqual([
    [['The whole account', general], ['CSAT', general], [expect.closeTo(0.916667), '0.0%'], ['at least', general], [0.95, '0.0%'], [96, '#,##0'], ['missed', general]],
    [['The whole account', general], ['Conversations', general], [512, '#,##0'], ['at most', general], [600, '#,##0'], [512, '#,##0'], ['met', general]],
    [['The whole account', general], ['First response time', general], [expect.closeTo(842 / 86_400), duration], ['at most', general], [expect.closeTo(900 / 86_400), duration], [468, '#,##0'], ['met', general]],
    [['Inbox: =Email', general], ['Customer waiting time', general], [expect.closeTo(2830 / 86_400), duration], ['at most', general], [expect.closeTo(1800 / 86_400), duration], [410, '#,##0'], ['missed', general]],
    [['Team: Onboarding', general], ['Resolution time', general], undefined, ['at most', general], [expect.closeTo(3600 / 86_400), duration], [0, '#,##0'], ['no data', general]],
  ])
  expect(row('Corrections', 5).slice(1)).toEqual([
    [46_139, 'yyyy-mm-dd'],
    [46_145, 'yyyy-mm-dd'],
    [expect.closeTo(960 / 86_400), duration],
    [expect.closeTo(954 / 86_400), duration],
    [expect.closeTo(-0.1), '+0.0;-0.0;0.0'],
    undefined,
  ])
}) // prettier-ignore

test('a workbook speaks the language of its digest, and begins at the right in Arabic', async () => {
  for (const language of ['de', 'ar'] as const) {
    const { names, of } = await open(judged(week(language)))
    expect(names).toHaveLength(13)
    expect(names).not.toContain('Summary')
    for (const name of names) {
      expect(/[[\]:*?/\\']/.test(name) || name.length > 31).toBe(false)
      expect(of(name).xml.includes('rightToLeft="1"')).toBe(language === 'ar')
    }
    const about = [...of(names[12]!).cells.values()].map(({ value }) => value)
    expect(about.join(' ')).toContain(fingerprint(judged(week(language))))
  }
})
