// The promise: a digest of any period speaks of it as what it is, and of what it compares with.
import { expect, test } from 'vitest'
import { busyRows, busyText } from '../../src/digests/mail/busy.ts'
import { hasHeatmap } from '../../src/digests/mail/heatmap.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { light } from '../../src/digests/mail/palette.ts'
import { piecesOf } from '../../src/digests/snapshot/pieces.ts'
import { languages, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { subjectOf } from '../../src/digests/snapshot/subject.ts'
import { trendSvg } from '../../src/digests/mail/trend.ts'
import { viewOf } from '../../src/digests/mail/view.ts'
import { wordsOf } from '../../src/digests/mail/words/choose.ts'
import { acme, acmeWith, at, days } from './fixture.ts'
import { seen } from './reading.ts'
import { day, eventful, month, quarter, week } from './scenes.ts'

const bare = { pictures: [], attachments: [], linked: [], inline: true }
const view = (snapshot: Snapshot) => viewOf(snapshot, {}, false)

/** Two weeks, as a digest with a window of fourteen days reports them. */
const fortnight = acmeWith({
  cadence: 'other',
  window: { unit: 'day', count: 14 },
  period: { since: at('2026-05-04T00:00'), until: at('2026-05-18T00:00'), firstDate: '2026-05-04', lastDate: '2026-05-17' },
  previous: { since: at('2026-04-20T00:00'), until: at('2026-05-04T00:00'), firstDate: '2026-04-20', lastDate: '2026-05-03' },
})

test.each([
  [
    'a day',
    day('en'),
    'Acme Support: Mon 4 May – 512',
    'Daily support report',
    'Mon 4 May 2026',
    'compared with Sun 3 May',
    'day before',
  ],
  [
    'a week',
    acme,
    'Acme Support: week of 4 May – 512',
    'Weekly support report',
    'Mon 4 – Sun 10 May 2026',
    'compared with 27 Apr – 3 May',
    'week before',
  ],
  [
    'a month',
    month('en'),
    'Acme Support: May 2026 – 512',
    'Monthly support report',
    'May 2026',
    'compared with April 2026',
    'month before',
  ],
  [
    'two weeks',
    fortnight,
    'Acme Support: 4 – 17 May – 512',
    'Support report',
    'Mon 4 – Sun 17 May 2026',
    'compared with 20 Apr – 3 May',
    'period before',
  ],
  [
    'a quarter beside a year before',
    quarter('en'),
    'Acme Support: 2 Mar – 31 May – 512',
    'Support report',
    'Mon 2 Mar – Sun 31 May 2026',
    'compared with the same days a year before, 2 Mar – 31 May 2025',
    'year before',
  ],
])('%s: subject, title, period, comparison and heading', (_, snapshot, subject, title, period, previous, heading) => {
  const said = view(snapshot)
  expect(said).toMatchObject({ title, period, previous, columns: { previousPeriod: heading } })
  expect(said.subject.startsWith(subject)).toBe(true)
})

test.each([
  ['daily', 'no conversations this day', 'comparison starts with the next day'],
  ['weekly', 'no conversations this week', 'comparison starts next week'],
  ['monthly', 'no conversations this month', 'comparison starts next month'],
  ['other', 'no conversations in this period', 'comparison starts with the next period'],
] as const)('%s: nothing happened, and nothing to compare with yet', (cadence, quiet, starts) => {
  const nothing = Object.fromEntries(
    Object.entries(acme.totals).map(([name, { current }]) => [
      name,
      { current: { value: current.value === null ? null : 0, n: 0 }, previous: { value: 0, n: 0 } },
    ]),
  ) as Snapshot['totals']
  expect(subjectOf(acmeWith({ cadence, totals: nothing }))).toContain(quiet)
  expect(view(acmeWith({ cadence, comparison: 'none' }))).toMatchObject({
    previous: starts,
    compared: false,
    columns: { previousPeriod: '' },
  })
  expect(view(acmeWith({ cadence, comparison: 'none', comparedWith: 'year' })).previous).toBe(
    'nothing was recorded a year before',
  )
})

test.each(languages)('%s: a digest that compares with nothing says nothing of a comparison', (language) => {
  const { html, text } = mailOf({ ...week(language), comparison: 'off', comparedWith: null }, bare)
  const { delta, previousPeriod, comparisonStarts } = wordsOf(language)
  for (const part of [seen(html), text]) {
    for (const word of [delta.previousIncomplete, delta.noPreviousData, previousPeriod.weekly, comparisonStarts.weekly]) {
      expect(part).not.toContain(word)
    }
    expect(part).not.toMatch(/[▲▼]|474/)
  }
})

test('what stands open does not grow with the days of a period, and what comes in is compared by the day', () => {
  const may = eventful(month('en'))
  const tiles = view(may).tiles
  expect(tiles.at(-1)).toMatchObject({ label: 'Open at end of month', value: '27', before: '18' })
  expect(tiles.at(-1)?.delta.text).toBe('+9 (50% more)')
  expect(tiles[0]?.delta.text).toBe('+38 (5% more per day)')
  expect(tiles[1]?.delta.text).toBe('no change per day')
  expect(subjectOf(month('en'))).toBe(
    'Acme Support: May 2026 – 512 conversations (5% more per day), first response 14m (12% faster)',
  )
})

test('a day is drawn by the hour, a month by the day, a quarter by weeks; always beside what it is compared with', () => {
  const shape = (snapshot: Snapshot) => {
    const { by, current, previous } = piecesOf(snapshot)
    return [by, current.length, previous.length]
  }
  expect(shape(day('en'))).toEqual(['hour', 24, 24])
  expect(shape(acme)).toEqual(['day', 7, 7])
  expect(shape(month('en'))).toEqual(['day', 31, 30])
  expect(shape(quarter('en'))).toEqual(['week', 13, 13])
  expect(shape(acmeWith({ comparison: 'none' }))).toEqual(['day', 7, 0])
  expect(shape(acmeWith({ comparison: 'off' }))).toEqual(['day', 7, 0])
  for (const snapshot of [acme, day('en'), month('en'), quarter('en')]) {
    const sum = (list: { conversations: number }[]) => list.reduce((total, { conversations }) => total + conversations, 0)
    const { current } = piecesOf(snapshot)
    const { period, daily } = snapshot
    const inDays = daily.current.reduce((total, { figures }) => total + (figures.conversations_count.value ?? 0), 0)
    if (period.firstDate !== period.lastDate) expect(sum(current)).toBe(inDays)
    expect(current[0]?.date).toBe(period.firstDate)
  }
})

test('weeks of a quarter begin where it begins, so that both periods have weeks of seven days', () => {
  const { current } = piecesOf(
    acmeWith({
      period: { ...quarter('en').period, firstDate: '2026-03-05' },
      daily: {
        current: days(
          '2026-03-05',
          Array.from({ length: 40 }, () => 1),
        ),
        previous: [],
      },
    }),
  )
  expect(current.map(({ date }) => date).slice(0, 3)).toEqual(['2026-03-05', '2026-03-12', '2026-03-19'])
  expect(current.map(({ conversations }) => conversations)).toEqual([7, 7, 7, 7, 7, 5])
})

test.each(languages)('%s: bars and labels stay within the picture, mirrored where the language is', (language) => {
  for (const scene of [day, week, month, quarter]) {
    const svg = trendSvg(scene(language), light)
    const xs = [...svg.matchAll(/ x="([\d.-]+)"|M([\d.-]+) /g)].map(([, x, m]) => Number(x ?? m))
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...xs)).toBeLessThanOrEqual(500)
    const bars = [...svg.matchAll(/<path d="M([\d.]+) [^"]*" fill="#0d6470"/g)].map(([, x]) => Number(x))
    expect(bars.length).toBeGreaterThan(5)
    expect(bars).toEqual(bars.toSorted((a, b) => (language === 'ar' ? b - a : a - b)))
    expect(svg).not.toMatch(/NaN|undefined/)
  }
})

test('a heatmap is drawn of a week or more; of more, hours are means per day, as some weekdays come oftener than others', () => {
  expect([day('en'), acme, month('en')].map(hasHeatmap)).toEqual([false, true, true])
  // May 2026 has five Fridays, Saturdays and Sundays, and four of each other weekday.
  const rows = busyRows(month('en'))
  acme.hours.forEach((row, i) => expect(rows[i]).toEqual(row.map((value) => value / (i >= 4 ? 5 : 4))))
  expect(busyText(month('en'))).toMatch(
    /^Busiest: \w+ \d+–\d+ \(\d\.\d new on average\)\. Quietest between 9 and 17, Monday to Friday: /,
  )
  expect(busyText(day('en'))).toMatch(
    /^Busiest: \d+–\d+ \(\d+ new\)\. Quietest between 9 and 17, Monday to Friday: \d+–\d+ \(\d+ new\)\.$/,
  )
})

test('the quietest hour is one of the period’s own days, and none of a weekend', () => {
  const weekend = acmeWith({ period: { ...acme.period, firstDate: '2026-05-09', lastDate: '2026-05-10' } })
  expect(busyText(weekend)).toMatch(/^Busiest: (Saturday|Sunday) /)
  expect(busyText(weekend)).not.toContain('Quietest')
  const threeDays = acmeWith({ period: { ...acme.period, firstDate: '2026-05-04', lastDate: '2026-05-06' } })
  expect(busyText(threeDays)).toMatch(/Quietest [^:]*: (Monday|Tuesday|Wednesday) /)
})

test.each(languages)('%s: no subject is longer than 110 characters, and its first 60 say who, when and how much', (language) => {
  const long = 'The Very Long Name of a Support Desk Somewhere in the World Ltd'
  for (const scene of [day, week, month, quarter]) {
    for (const snapshot of [scene(language), eventful(scene(language))]) {
      for (const test of [false, true]) {
        const subject = subjectOf({ ...snapshot, account: { id: 7, name: long } }, test)
        expect(subject.length).toBeLessThanOrEqual(110)
        // With all three marks there is no room for more than who and when.
        const start = subject.replace(/^(\[[^\]]*\] )*/, '').slice(0, 60)
        expect(start).toMatch(/512/)
        expect(subject).not.toMatch(/\u00a0|\(\d[^)]*$/)
      }
    }
  }
  expect(subjectOf(eventful(week('en')), true)).toMatch(
    /^\[TEST\] \[Corrected\] \[Incomplete data\] Acme Support: week of 4 May – 512 conversations/,
  )
})

test('a large desk’s numbers have room beside its bars', () => {
  const busy = acmeWith({ daily: { current: days('2026-05-04', [12_345, 9000, 8000, 7000, 6000, 5000, 4000]), previous: [] } })
  const svg = trendSvg(busy, light)
  const axis = /<text x="([\d.]+)"[^>]*text-anchor="end"[^>]*>(16,000)</.exec(svg)
  expect(Number(axis?.[1])).toBeGreaterThanOrEqual(6 * 7)
  expect(Number(/<path d="M([\d.]+)/.exec(svg)?.[1])).toBeGreaterThan(Number(axis?.[1]))
})
