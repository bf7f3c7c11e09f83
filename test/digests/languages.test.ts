// The promises of every language: HTML and text say the same figures, no name becomes markup, nothing is left in another
// language, the mail stays below the size that Gmail clips, and the same snapshot gives the same bytes.
import { expect, test, vi } from 'vitest'
import { appendixOf } from '../../src/digests/files/appendix.ts'
import { artefactsOf, type Artefacts } from '../../src/digests/files/artefacts.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { languages, tableNames, type Entity, type Language, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { sheetsOf } from '../../src/digests/files/sheets.ts'
import { viewOf } from '../../src/digests/mail/view.ts'
import { wordsOf } from '../../src/digests/mail/words/choose.ts'
import { markup } from './corpus.ts'
import { acme, entity } from './fixture.ts'
import { impossible, numbersIn, pictureTexts, seen } from './reading.ts'
import { addressed, eventful, month, scenes, week } from './scenes.ts'

const bare: Artefacts = { pictures: [], attachments: [], linked: [], inline: true }
const names = Object.keys(scenes)
const scene = (name: string) => scenes[name]!

test.each(names)('%s: every figure of the HTML is in the text, and every one of the text in the HTML', (name) => {
  const { snapshot, envelope } = scene(name)
  const { html, text, subject } = mailOf(snapshot, bare, envelope)
  // What links say is not read by people, and a button leads where a file's link does.
  const withoutLinks = (part: string) => part.replace(/https:\S+/g, '')
  const page = withoutLinks(
    [
      seen(html.replace(/<div hidden[\s\S]*?<\/div>/g, '').replace(/<div style="display:none[\s\S]*?<\/div>/, '')),
      ...pictureTexts(html),
    ].join(' '),
  )
  // A phone shows n beside the time instead of in its column: one of the two is hidden.
  const once = (found: string[]) => [...new Set(found)]
  expect(once(numbersIn(page))).toEqual(once(numbersIn(withoutLinks(text))))
  const view = viewOf(snapshot, envelope, false)
  const plain = (part: string) => part.replaceAll('\u00a0', ' ')
  const said = [
    ...view.inShort,
    ...view.attention,
    ...view.corrections,
    ...view.notes,
    view.busy.text,
    view.period,
    view.scope,
    view.status.text,
    ...view.tiles.flatMap((tile) => [tile.label, tile.value, tile.before, tile.delta.text]),
    ...view.tables.flatMap((table) =>
      table.rows.flatMap((row) => [row.name, row.conversations, row.resolved, row.firstResponse, row.change.text]),
    ),
  ].map(plain)
  expect(said.filter((part) => !page.includes(part))).toEqual([])
  expect(said.filter((part) => !text.includes(part))).toEqual([])
  for (const part of [html, text, subject]) expect(part).not.toMatch(impossible)
})

/** English words that stand in the English mail and in no other, except in names of people and things. */
const english =
  /\b(the|of|and|with|week|month|day|more|fewer|faster|slower|change|conversations?|resolved|response|compared|data|complete|hours|new|open|edition|delivery|snapshot|unsubscribe)\b/gi
const given = new Set(['Website chat', 'feature-request', 'Managers', 'Europe/Berlin'])

test.each(names.filter((name) => !name.endsWith('-en')))('%s says nothing in English', (name) => {
  const { snapshot, envelope } = scene(name)
  const { html, text, subject } = mailOf(snapshot, bare, envelope)
  const cleaned = [...given].reduce(
    (all, word) => all.replaceAll(word, ''),
    [seen(html), ...pictureTexts(html), text, subject].join('\n'),
  )
  expect(cleaned.replace(/https:\S+/g, '').match(english) ?? []).toEqual([])
})

test.each(languages)('%s: language and direction are declared wherever a program may look for them', (language) => {
  const { html } = mailOf(week(language), bare)
  const { direction } = wordsOf(language)
  expect(html).toMatch(new RegExp(`<html lang="${language}" dir="${direction}"`))
  expect(html).toMatch(new RegExp(`<body [^>]*dir="${direction}"`))
  // Gmail keeps neither html nor body.
  expect(html).toMatch(new RegExp(`<table [^>]*lang="${language}" dir="${direction}"`))
  const start = direction === 'rtl' ? 'right' : 'left'
  expect(html.match(/<th scope="row" align="(\w+)"/)?.[1]).toBe(start)
})

test.each(languages)('%s: names come out as the text they are, wherever they stand', (language) => {
  const tags = (page: string) => page.match(/<[^>]*>/g)?.map((tag) => tag.replace(/(alt|content)="[^"]*"/g, '')) ?? []
  const plain = eventful(week(language))
  const known = new Set(tags(mailOf(plain, bare, addressed).html))
  for (const name of markup) {
    const { html, text, subject } = mailOf(renamed(plain, name), bare, {
      ...addressed,
      deliveryId: name,
      recipient: { addedBy: name, addedOn: '2026-05-01' },
    })
    // Whatever stands between tags is the template's own: no tag that is not there without the name, and no other link.
    expect(tags(html).filter((tag) => !known.has(tag))).toEqual([])
    expect(tags(html).join('')).not.toMatch(/href="(?!https:\/\/reports\.example\/)|src="(?!cid:)/)
    expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
    expect(subject.length).toBeLessThanOrEqual(110)
    expect(text).not.toMatch(/[^\P{Cc}\n]/u)
    // Characters that override direction never come from data; isolates come in pairs, from the program.
    for (const part of [html, text, subject]) {
      expect(part).not.toMatch(/[\u202a-\u202e\u2066\u2067]/)
      expect(part.match(/\u2068/g)?.length).toBe(part.match(/\u2069/g)?.length)
    }
  }
})

/** Everything that has a name in a snapshot, called `name`. */
function renamed(snapshot: Snapshot, name: string): Snapshot {
  const rename = <T extends object>(list: T[]) => list.map((item) => ({ ...item, name }))
  const tables = Object.fromEntries(tableNames.map((table) => [table, rename(snapshot.tables[table])])) as Record<
    keyof Snapshot['tables'],
    Entity[]
  >
  return {
    ...snapshot,
    account: { id: 7, name },
    digest: { id: 3, name },
    tables,
    scope: rename(snapshot.scope),
    targets: rename(snapshot.targets),
  }
}

const longNames: Record<Language, (i: number) => string> = {
  en: (i) => `${i} <Ünïcödé> & "quoted" agent from a very long department name`,
  de: (i) => `${i} Straßenbahnüberführungsgesellschaft für öffentliche Äußerungen`,
  ar: (i) => `${i} موظف الدعم من قسم ذي اسم طويل جدًا لا ينتهي أبدًا`,
}

test.each(languages)('%s: fifty agents and forty labels with long names stay below the size that Gmail clips', (language) => {
  const many = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      entity(i + 1, longNames[language](i), [90 - i, 80], [85 - i, 78], [700 + i, 66, 800, 60], {
        since: '2026-05-06',
        isNew: i % 2 === 0,
      }),
    )
  const crowded = {
    ...eventful(week(language)),
    tables: { agents: many(50), teams: many(20), inboxes: many(30), labels: many(40) },
    scope: many(40).map(({ id, name }) => ({ dimension: 'label' as const, id, name })),
    targets: many(50).map(({ id, name }) => ({
      type: 'inbox' as const,
      id,
      name,
      times: 'reply' as const,
      seconds: 60,
      value: 90,
      n: 9,
      missed: true,
    })),
  }
  const { html, text } = mailOf(crowded, bare, addressed)
  expect(Buffer.byteLength(html)).toBeLessThan(95 * 1024)
  const words = wordsOf(language)
  for (const part of [seen(html), text]) {
    expect(part).toContain(words.topOf('10', '50'))
    expect(part).toContain(words.more(40, '40', 'workbook'))
    expect(part).toContain(words.attention.more(47, '47'))
  }
})

test.each([...languages])('%s: the text part of the fixture', async (language) => {
  const { text, subject } = mailOf(week(language), bare, { deliveryId: addressed.deliveryId! })
  await expect(`${subject}\n\n${text}`).toMatchFileSnapshot(`digest.${language}.golden.txt`)
})

test.each([...languages])('%s: the text part with everything that a mail can say', async (language) => {
  const { text, subject } = mailOf(eventful(week(language)), bare, addressed)
  await expect(`${subject}\n\n${text}`).toMatchFileSnapshot(`eventful.${language}.golden.txt`)
})

test.each(languages)(
  '%s: the same snapshot gives the same bytes, at any time of day and after a round trip through the database',
  async (language) => {
    const snapshot = eventful(week(language))
    const drawn = async (from: Snapshot) => {
      const artefacts = await artefactsOf(from, ['inline', 'csv'])
      return {
        mail: mailOf(from, artefacts, addressed),
        pictures: artefacts.pictures.map(({ content }) => content.toString('base64')),
      }
    }
    const first = await drawn(snapshot)
    vi.useFakeTimers({ now: new Date('2031-01-02T03:04:05Z'), toFake: ['Date'] })
    const backwards = JSON.parse(JSON.stringify(snapshot), (_, value: unknown) =>
      value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as Snapshot
    expect(await drawn(backwards)).toEqual(first)
    vi.useRealTimers()
    expect(first.pictures).toHaveLength(4)
  },
)

test('a name of the other direction is isolated within a sentence, in either direction', () => {
  const arabicName = {
    ...acme,
    tables: { ...acme.tables, inboxes: acme.tables.inboxes.map((inbox) => ({ ...inbox, name: 'البريد 24' })) },
  }
  expect(mailOf(arabicName, bare).text).toContain('Inbox “\u2068البريد 24\u2069”: customer waiting 47m 10s')
  expect(mailOf(acme, bare).text).not.toMatch(/[\u2066-\u2069]/)
  expect(mailOf(week('ar'), bare).text).toContain('صندوق الوارد «\u2068Email\u2069»')
})

test.each(['de', 'ar'] as const)(
  '%s: the workbook says nothing in English either, definitions and headings included',
  async (language) => {
    const strings: string[] = []
    const collect = (value: unknown): void => {
      if (typeof value === 'string') strings.push(value)
      else if (value && typeof value === 'object') Object.values(value).forEach(collect)
    }
    for (const snapshot of [week(language), eventful(week(language)), month(language)]) {
      for (const { name, title, note, header, total, rows } of sheetsOf(snapshot)) {
        collect([name, title, note, header, total.map(({ value }) => value)])
        for await (const row of rows) collect(row.map(({ value }) => value))
      }
      for (const { name, rows } of appendixOf(snapshot)) collect([name, rows.map((row) => row.map(({ value }) => value))])
    }
    expect(strings.length).toBeGreaterThan(300)
    const cleaned = [...given].reduce((all, word) => all.replaceAll(word, ''), strings.join('\n'))
    expect(cleaned.match(english) ?? []).toEqual([])
  },
)
