// What an account has settled, in its digests: business days and holidays exactly counted and told, its name, colour, logo and
// last line, all of it frozen with the figures. What nobody has settled changes no byte (the golden mails say so).
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeSettings } from '../../src/accounts/settings-change.ts'
import { weekdayNames, type Settings, type WorkingHours } from '../../src/accounts/settings.ts'
import { byCommand } from '../../src/audit/change.ts'
import { contrastOf } from '../../src/contrast.ts'
import { previewSnapshot } from '../../src/digests/composing/preview.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { composeMessage } from '../../src/digests/delivery/letter.ts'
import { artefactsOf, type Artefacts } from '../../src/digests/files/artefacts.ts'
import { workbookOf } from '../../src/digests/files/workbook.ts'
import { totalDelta } from '../../src/digests/mail/circumstances.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { palettesOf } from '../../src/digests/mail/palette.ts'
import { businessDaysOf } from '../../src/digests/snapshot/business-days.ts'
import { languages, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { collected } from '../../src/files/chunks.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { seed } from '../support/seed.ts'
import { unzip } from '../support/unzip.ts'
import { berlinDigest, DUE, openBerlin, WEEK } from './desk.ts'
import { acme, acmeWith } from './fixture.ts'
import { impossible, seen } from './reading.ts'
import { month, week } from './scenes.ts'
import { snapshotsOf } from './slots.ts'

const bare: Artefacts = { pictures: [], attachments: [], linked: [], inline: true }
const weekdaysOnly = Object.fromEntries(
  weekdayNames.map((name) => [name, ['saturday', 'sunday'].includes(name) ? 'closed' : [{ from: '09:00', until: '17:00' }]]),
) as WorkingHours
const labourDay = { date: '2026-05-01', name: 'Labour Day' }
const branding = {
  name: 'Acme <Insights>',
  accent: '#8a1c4a',
  logo: 'https://cdn.example.com/logo.png?a=1&b=2',
  footer: 'Acme Ltd, Main Street 1, Berlin',
}

describe('business days', () => {
  test('are the open weekdays of a period without the holidays that fall on one', () => {
    const holidays = [labourDay, { date: '2026-05-02', name: 'On a Saturday' }, { date: '2026-05-14', name: 'Of a later week' }]
    expect(businessDaysOf({ workingHours: weekdaysOnly, holidays }, acme.period, acme.previous)).toEqual({
      current: { count: 5, holidays: [] },
      previous: { count: 4, holidays: [labourDay] },
    })
    expect(businessDaysOf({ workingHours: null, holidays: [labourDay] }, acme.period, acme.previous)).toEqual({
      current: { count: 7, holidays: [] },
      previous: { count: 6, holidays: [labourDay] },
    })
    expect(businessDaysOf({ workingHours: null, holidays: [] }, acme.period, acme.previous)).toBeUndefined()
  })

  test('of any calendar are what counting the dates one by one gives', () => {
    console.info(`business days: TIDEMARK_SEED=${seed}`)
    const date = fc.integer({ min: 0, max: 800 }).map((n) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10))
    const hours = fc.record(
      Object.fromEntries(weekdayNames.map((name) => [name, fc.constantFrom('closed' as const, 'all_day' as const)])),
    ) as fc.Arbitrary<WorkingHours>
    const holidays = fc.uniqueArray(fc.record({ date, name: fc.constant('x') }), { maxLength: 60, selector: (one) => one.date })
    fc.assert(
      fc.property(fc.option(hours), holidays, date, fc.integer({ min: 0, max: 400 }), (workingHours, list, firstDate, length) => {
        const period = { firstDate, lastDate: new Date(Date.parse(firstDate) + length * 86_400_000).toISOString().slice(0, 10) }
        let count = 0
        const named: string[] = []
        for (let at = Date.parse(firstDate); at <= Date.parse(period.lastDate); at += 86_400_000) {
          const [day, weekday] = [new Date(at).toISOString().slice(0, 10), weekdayNames[new Date(at).getUTCDay()]!]
          if (workingHours?.[weekday] === 'closed') continue
          if (list.some((holiday) => holiday.date === day)) named.push(day)
          else count += 1
        }
        const found = businessDaysOf({ workingHours, holidays: list }, period, period)
        if (workingHours === null && list.length === 0) expect(found).toBeUndefined()
        else expect(found?.current).toEqual({ count, holidays: named.map((day) => ({ date: day, name: 'x' })) })
        expect(found?.previous).toEqual(found?.current)
      }),
      { seed, numRuns: 300 },
    )
  })
})

/** The fixture in a language, after a week with a holiday: 512 conversations on 5 business days, 474 on 4. */
const afterHoliday = (language: Snapshot['language']): Snapshot => ({
  ...week(language),
  businessDays: { current: { count: 5, holidays: [] }, previous: { count: 4, holidays: [labourDay] } },
})

describe('a week after one with a holiday', () => {
  test('is compared by the business day, in sums of tiles, tables and the subject; times and stocks are as ever', () => {
    const snapshot = afterHoliday('en')
    const change = totalDelta(snapshot, 'conversations_count')
    expect(change).toMatchObject({ absolute: 38, text: '+38 (14% fewer per business day)', arrow: '▼' })
    expect(change.relative).toBeCloseTo(512 / 5 / (474 / 4) - 1, 12)
    for (const metric of ['avg_first_response_time', 'csat_score', 'open_conversations_count'] as const) {
      expect(totalDelta(snapshot, metric)).toEqual(totalDelta(acme, metric))
    }
    const same = { ...snapshot, totals: { ...acme.totals, resolutions_count: pair(500, 400) } }
    expect(totalDelta(same, 'resolutions_count')).toMatchObject({ text: 'no change per business day', relative: 0 })
    expect(mailOf(snapshot, bare).subject).toContain('512 conversations (14% fewer per business day)')
  })

  test.each([
    [
      'en',
      'Business days: 5, before 4 (Fri 1 May: Labour Day). Counts are compared per business day.',
      '14% fewer per business day',
    ],
    ['de', 'Arbeitstage: 5, zuvor 4 (Fr 1. Mai: Labour Day). Anzahlen werden pro Arbeitstag verglichen.', '14 % weniger pro Arbeitstag'], // prettier-ignore
    ['ar', 'أيام العمل: 5، وقبلها 4 (الجمعة 1 مايو: \u2068Labour Day\u2069). تُقارن الأعداد لكل يوم عمل.', 'لكل يوم عمل'],
  ] as const)('%s: is said in mail and workbook, with the name of the holiday', async (language, sentence, change) => {
    const { html, text } = mailOf(afterHoliday(language), bare)
    for (const part of [seen(html), text]) {
      expect(part).toContain(sentence)
      expect(part).toContain(change)
      expect(part).not.toMatch(impossible)
    }
    const sheets = unzip(await collected(workbookOf(afterHoliday(language))))
    const summary = [...sheets].find(([name]) => name.endsWith('sheet1.xml'))![1].text
    expect(summary).toContain(sentence)
  })

  test.each<[string, Partial<Snapshot>]>([
    ['as many business days', { businessDays: days(4, 4, [labourDay]) }],
    ['a closed day before an open one, as every Monday', { businessDays: days(1, 0) }],
    ['a period that is still running', { businessDays: days(5, 4), data: { ...acme.data, periodOver: false } }],
    ['nothing to compare with', { businessDays: days(5, 4), comparison: 'none' }],
  ])('%s: nothing is said of business days', (_, change) => {
    expect(mailOf(acmeWith(change), bare).text).not.toMatch(/usiness day/)
  })

  test('a holiday that left no business day is named, and sums are compared as they are', () => {
    const { text } = mailOf(acmeWith({ businessDays: days(1, 0, [labourDay]) }), bare)
    expect(text).toContain('Business days: 1, before 0 (Fri 1 May: Labour Day).\n')
    expect(text).not.toContain('per business day')
    expect(text).toContain('+38 (8% more)')
  })

  test('months are compared by the business day where these differ, else by the day', () => {
    const april = month('en')
    const change = (businessDays?: Snapshot['businessDays']) =>
      totalDelta({ ...april, ...(businessDays && { businessDays }) }, 'conversations_count').text
    expect(change()).toMatch(/per day\)$/)
    expect(change(days(21, 21))).toBe(change())
    expect(change(days(21, 20))).toMatch(/per business day\)$/)
  })

  test('many holidays, and those of another year, stay readable', () => {
    const holidays = ['2025-12-25', '2025-12-26', '2026-05-04', '2026-05-05', '2026-05-06', '2026-05-07'].map((date, i) => ({
      date,
      name: `Day ${i} ${'x'.repeat(80)}`,
    }))
    const { text } = mailOf(acmeWith({ businessDays: days(1, 5, holidays) }), bare)
    const line = text.split('\n').find((one) => one.startsWith('Business days'))!
    expect(line).toMatch(/^Business days: 1, before 5 \(Thu 25 Dec 2025: Day 0 x+…, .*and 2 more\)\./)
    expect(line).toContain('Mon 4 May: Day 2')
  })
})

function pair(current: number, previous: number) {
  return { current: { value: current, n: current }, previous: { value: previous, n: previous } }
}
function days(current: number, previous: number, holidays: { date: string; name: string }[] = []) {
  return { current: { count: current, holidays: [] }, previous: { count: previous, holidays } }
}

describe('branding', () => {
  test('every accent that may be settled can be read on what it stands on, in the light and in the dark', () => {
    console.info(`accents: TIDEMARK_SEED=${seed}`)
    const channel = fc.integer({ min: 0, max: 255 })
    const accents = fc
      .tuple(channel, channel, channel)
      .map((parts) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`)
      .filter((accent) => contrastOf(accent, '#ffffff') >= 4.5)
    fc.assert(
      fc.property(accents, (accent) => {
        const { light, dark } = palettesOf({ branding: { accent } })
        expect(light.accent).toBe(accent)
        const pairings = [light, dark].flatMap(({ accent, accentOnTile, onAccent, card, tile }) => [
          [accent, card],
          [accentOnTile, tile],
          [onAccent, accent],
        ])
        const darkLinks = [dark.accent, dark.tile]
        expect([...pairings, darkLinks].filter(([text, ground]) => contrastOf(text!, ground!) < 4.5)).toEqual([])
      }),
      { seed, numRuns: 300 },
    )
  })

  test.each([...languages])('%s: name, logo, colour and last line are in the mail; nothing of it is markup', async (language) => {
    const snapshot = { ...week(language), branding }
    const artefacts = await artefactsOf(snapshot, ['inline', 'xlsx'])
    const { html, text } = mailOf(snapshot, artefacts)
    expect(html).toContain('src="https://cdn.example.com/logo.png?a=1&amp;b=2"')
    expect(html.match(/https?:\/\/(?!www\.w3\.org)/g)).toHaveLength(1)
    expect(html).not.toMatch(/<Insights>|#0d6470/)
    expect(html).toContain('color:#8a1c4a')
    for (const part of [seen(html), text]) {
      expect(part).toContain(branding.name)
      expect(part).toContain(branding.footer)
    }
    const lines = text.trimEnd().split('\n')
    expect(lines[0]!.replace(/^\u200f/, '')).toBe(branding.name)
    expect(lines.at(-1)!.replace(/^\u200f/, '')).toBe(branding.footer)
    const core = unzip(artefacts.attachments[0]!.content)
    expect(core.get('docProps/core.xml')!.text).toContain('<dc:title>Acme &lt;Insights&gt; · ')
    const plain = await artefactsOf(week(language), ['inline'])
    const drawn = ({ pictures }: Artefacts) => pictures.map(({ content }) => content.toString('base64'))
    expect(drawn(artefacts).map((picture, i) => picture === drawn(plain)[i])).toEqual([false, false, true, true])
  })

  test('mail comes from the account by its own name for the service, in one line whatever it holds', async () => {
    const letter = { file: '', messageId: '<1@desk.example>', recipient: 'ana@example.com', mail: mailOf(acme, bare), date: 0 }
    const from = async (service?: string) => {
      const message = await composeMessage({ ...letter, onBehalfOf: 'Acme', service }, 'Tidemark <digests@desk.example>')
      return /^From: .*(\r\n\s.*)*/m.exec(message.toString())![0]
    }
    expect(await from()).toBe('From: Acme via Tidemark <digests@desk.example>')
    expect(await from('Acme Insights')).toBe('From: Acme via Acme Insights <digests@desk.example>')
    expect(await from('A\r\nBcc: eve@example.com')).toContain('<digests@desk.example>')
    expect((await from('A\r\nBcc: eve@example.com')).split('\r\n')).toHaveLength(1)
  })
})

describe('a desk with settings', () => {
  let database: TestDatabase
  let desk: Desk
  let other: Desk
  beforeAll(async () => {
    database = await createDeskDatabase()
    desk = await openBerlin(database.pool, 40)
    other = await openBerlin(database.pool, 10)
  })
  afterAll(() => database.drop())
  const settle = (settings: object): Promise<Settings> =>
    changeSettings(database.pool, desk.accountId, () => settings, { ...byCommand(DUE), reason: null })

  test('freezes them with the figures: a change later changes no mail of before, and nothing of another account', async () => {
    const holiday = { date: '2026-03-04', name: 'Founding Day' }
    await settle({ first_weekday: 0, working_hours: weekdaysOnly, holidays: [holiday], branding })
    const digest = await berlinDigest(database.pool, desk)
    const theirs = await berlinDigest(database.pool, other)
    expect([digest.firstWeekday, theirs.firstWeekday]).toEqual([0, 1])
    await planDueDigests(database.pool, DUE)
    await composeDueDigests(database.pool, DUE)
    const [stored] = await snapshotsOf(database.pool, digest)
    // Weeks from Sunday on: 1 to 7 March.
    expect(stored!.snapshot).toMatchObject({
      firstWeekday: 0,
      period: { firstDate: '2026-03-01', lastDate: '2026-03-07' },
      branding,
      businessDays: { current: { count: 4, holidays: [holiday] }, previous: { count: 5, holidays: [] } },
    })
    const [plain] = await snapshotsOf(database.pool, theirs)
    expect(plain!.snapshot.period.firstDate).toBe(WEEK)
    expect(Object.keys(plain!.snapshot)).not.toEqual(expect.arrayContaining(['branding']))
    expect(Object.keys(plain!.snapshot)).not.toEqual(expect.arrayContaining(['businessDays']))

    const before = mailOf(stored!.snapshot, await artefactsOf(stored!.snapshot, ['inline']))
    await settle({ branding: { name: 'Other' } })
    const shown = await previewSnapshot(database.pool, digest, DUE, '2026-03-04')
    expect(mailOf(shown, await artefactsOf(shown, ['inline']))).toEqual(before)
    const fresh = await previewSnapshot(database.pool, digest, DUE, '2026-02-25')
    expect(fresh.branding).toEqual({ name: 'Other', accent: null, logo: null, footer: null })
    expect(fresh.businessDays).toBeUndefined()
  })
})
