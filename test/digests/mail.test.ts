import { Eta } from 'eta'
import { expect, test } from 'vitest'
import type { Artefacts } from '../../src/digests/files/artefacts.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { dark, light, type Palette } from '../../src/digests/mail/palette.ts'
import type { Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { acme, acmeWith, at, pairs } from './fixture.ts'
import { seen } from './reading.ts'

const bare: Artefacts = { pictures: [], attachments: [], linked: [], inline: true }
const render = (snapshot: Snapshot, envelope = {}) => mailOf(snapshot, bare, envelope)

test('the subject holds the week, the volume and the speed in at most 110 characters', () => {
  expect(render(acme).subject).toBe('Acme Support: week of 4 May – 512 conversations (+8%), first response 14m (12% faster)')
  expect(render(acme, { test: true }).subject).toMatch(/^\[TEST\] Acme Support: week of 4 May – 512/)
  const long = render(acmeWith({ account: { id: 7, name: 'The Very Long Name of a Support Desk Somewhere Ltd' } }), {
    test: true,
  }).subject
  expect(long.length).toBeLessThanOrEqual(110)
  expect(long.slice(7, 67)).toContain('week of 4 May – 512')
  const silent = { ...acme.totals, avg_first_response_time: { current: { value: null, n: 0 }, previous: { value: 954, n: 441 } } }
  expect(render(acmeWith({ totals: silent })).subject).toBe('Acme Support: week of 4 May – 512 conversations (+8%)')
})

test('a week in which nothing happened is told from a broken one', () => {
  const quiet = acmeWith({ totals: pairs(), data: { ...acme.data, lastActivity: at('2026-04-30T17:02') } })
  const { subject, html, text } = render(quiet)
  expect(subject).toBe('Acme Support: week of 4 May – no conversations this week')
  for (const part of [seen(html), text]) {
    expect(part).toContain('No conversations, messages or resolutions were recorded.')
    expect(part).toContain('Last event: Thu 30 Apr 17:02.')
    expect(part).toContain('Data complete through Mon 11 May 00:00')
    expect(part).not.toContain('KEY FIGURES')
    expect(part).not.toContain('Busiest')
  }
  const never = render(acmeWith({ totals: pairs(), data: { ...acme.data, lastActivity: null } }))
  expect(never.text).toContain('Nothing has been recorded in this account yet.')
})

test('the first digest compares with nothing and says when comparison starts', () => {
  const { html, text } = render(acmeWith({ comparison: 'none' }))
  for (const part of [seen(html), text]) {
    expect(part).toContain('comparison starts next week')
    expect(part).not.toMatch(/compared with|was 474|\+38|faster|slower/)
  }
})

test('a previous period that is not whole is not compared', () => {
  const { text, subject } = render(acmeWith({ comparison: 'partial' }))
  expect(text).toContain('previous period incomplete')
  expect(text).not.toContain('+38')
  expect(subject).toBe('Acme Support: week of 4 May – 512 conversations, first response 14m')
})

test('rollups that are behind are said in amber, without touching the figures', () => {
  const { html, text } = render(acmeWith({ data: { ...acme.data, completeThrough: at('2026-05-10T21:00') } }))
  const status = 'Not fully processed yet: everything after Sun 10 May 21:00 was counted from the raw records on Mon 11 May 09:00'
  expect(text).toContain(status)
  expect(seen(html)).toContain(status)
  expect(html).toContain('class="notice notice-ink"')
  expect(text).toContain('+38 (8% more)')
})

test('a running period is marked in the subject and compares nothing', () => {
  const data = { ...acme.data, takenAt: at('2026-05-07T12:00'), completeThrough: at('2026-05-07T11:59'), periodOver: false }
  const { subject, text } = render(acmeWith({ data }))
  expect(subject).toMatch(/^\[Incomplete data\] /)
  expect(text).toContain('This period is still running: figures up to Thu 7 May 12:00.')
  expect(text).toMatch(/New conversations +512 +so far/)
  expect(text).not.toMatch(/faster|slower|\+38/)
})

test('files that are too large to attach are left out, and both parts say so', () => {
  const { html, text } = mailOf(acme, { ...bare, linked: [{ name: 'acme.xlsx', size: 12.3 * 1024 * 1024 }] })
  for (const part of [seen(html), text]) expect(part).toContain('The files are too large to attach (12.3 MB).')
})

test('without the format inline the mail keeps the summary and leaves tables and pictures to the files', () => {
  const { html, text } = mailOf(acme, { ...bare, inline: false })
  expect(text).toContain('KEY FIGURES')
  for (const part of [seen(html), text]) expect(part).not.toMatch(/Ana Ruiz|Busiest/)
  expect(html).not.toContain('<img')
})

test('a template that puts text in unescaped does not compile', async () => {
  const { escapedOnly } = await import('../../src/digests/mail/mail.ts')
  const eta = new Eta({ plugins: [escapedOnly] })
  expect(eta.renderString('<%= it.name %>', { name: '<b>' })).toBe('&lt;b&gt;')
  expect(() => eta.renderString('<%~ it.name %>', { name: '<b>' })).toThrow('raw')
})

test('HTML keeps the rules of mail: nested tables, scopes, colours for the dark, no script, nothing remote', () => {
  const { html } = render(acme)
  expect(html).not.toMatch(/<script|<link|<iframe|<form|https?:\/\/(?!www\.w3\.org)|flex|grid-|background-image/)
  expect(html.match(/<table(?![^>]*role="presentation")/g)).toHaveLength(4)
  expect(html.match(/<th /g)?.length).toBe(html.match(/<th scope="(col|row)"/g)?.length)
  expect(html).toContain('<meta name="color-scheme" content="light dark">')
  expect(html).toContain('@media (prefers-color-scheme: dark)')
  expect(html).toMatch(/<html lang="en" dir="ltr"/)
  const images = html.match(/<img [^>]*>/g) ?? []
  expect(images).toHaveLength(4)
  expect(images.every((image) => /src="cid:[^"]+"/.test(image) && /alt="[^"]{20,}"/.test(image))).toBe(true)
})

function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [r, g, blue] = [1, 3, 5].map((i) => {
      const channel = parseInt(colour.slice(i, i + 2), 16) / 255
      return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
    }) as [number, number, number]
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue
  }
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

test.each([
  ['light', light],
  ['dark', dark],
])('every text of the %s colours can be read on what it stands on', (_, palette: Palette) => {
  const pairings = [
    ...(['ink', 'muted', 'accent', 'better', 'worse'] as const).map((text) => [palette[text], palette.card]),
    ...(['ink', 'muted', 'better', 'worse'] as const).map((text) => [palette[text], palette.tile]),
    [palette.noticeInk, palette.noticeCard],
  ] as [string, string][]
  expect(pairings.filter(([text, ground]) => contrast(text, ground) < 4.5)).toEqual([])
})
