// The promises: what is one recipient's own comes from the envelope and nothing of it is invented; what was missed, corrected,
// restricted or incomplete is said in both parts.
import { expect, test } from 'vitest'
import type { Envelope } from '../../src/digests/mail/envelope.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import type { Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { acme, acmeWith, at } from './fixture.ts'
import { seen } from './reading.ts'
import { addressed, eventful } from './scenes.ts'

const bare = { pictures: [], attachments: [], linked: [], inline: true }
const parts = (snapshot: Snapshot, envelope: Envelope = {}, artefacts = bare) => {
  const { html, text } = mailOf(snapshot, artefacts, envelope)
  return { html, text, both: [seen(html), text] }
}

test('buttons, files, expiry, reasons and ways out stand in both parts', () => {
  const { html, text, both } = parts(acme, addressed)
  for (const part of both) {
    expect(part).toContain('You get this because Ana Ruiz added you on 20 Apr 2026.')
    expect(part).toContain('These links expire on 18 May 2026.')
    expect(part).toContain('acme-support-weekly-2026-05-04-csv.zip (13.5 MB)')
    expect(part).toContain('delivery 4f1c2b7e-8f0a-4c39-9b0e-0f2a6f1f6d11')
    expect(part).not.toContain('too large')
  }
  const links = [...html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/g)].map(([, url, label = '']) => [
    label.replace(/<[^>]*>/g, ''),
    url,
  ])
  const { view, files = [], unsubscribe, manage, definitions } = addressed.links!
  const [workbook, archive] = files
  expect(links).toEqual([
    [workbook?.name, workbook?.url],
    [archive?.name, archive?.url],
    ['Open full report', view],
    ['Download workbook', workbook?.url],
    ['Manage', manage],
    ['Unsubscribe', unsubscribe],
    ['Definitions', definitions],
  ])
  for (const [, url] of links) expect(text).toContain(url)
})

test('without an envelope there is no link, no button, no expiry and nobody who added somebody', () => {
  const { html, both } = parts(acme)
  expect(html).not.toContain('href=')
  for (const part of both) {
    expect(part).toContain('your address is on the list of the digest “Managers” of Acme Support')
    expect(part).not.toMatch(/expire|Unsubscribe|Open full report|delivery/)
  }
  expect(parts(acme, { recipient: { addedOn: '2026-04-20' } }).text).toContain(
    'You get this because you were added on 20 Apr 2026.',
  )
  expect(parts(acme, { links: { expiresOn: '2026-05-18' } }).text).not.toContain('expire')
})

test('only addresses of the web become links', () => {
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    ' https://x.example',
    'https://x.example/"><b>',
    '//x.example',
    'https://x.example/a b',
  ]) {
    for (const links of [
      { view: url },
      { manage: url },
      { unsubscribe: url },
      { definitions: url },
      { files: [{ name: 'a.xlsx', size: 1, url }] },
    ]) {
      expect(() => parts(acme, { links })).toThrow('address of the web')
    }
  }
})

test('a file that is too large to attach is spoken of with its link, or as left out where it has none', () => {
  const linked = [{ name: 'acme-support-weekly-2026-05-04.xlsx', size: 12.3 * 1024 * 1024 }]
  for (const part of parts(acme, {}, { ...bare, linked } as typeof bare).both)
    expect(part).toContain('The files are too large to attach (12.3 MB).')
  for (const part of parts(acme, addressed, { ...bare, linked } as typeof bare).both) expect(part).not.toContain('too large')
})

test('a workbook that is attached is not listed a second time for its link', () => {
  const { name } = addressed.links!.files![0]!
  const attachments = [{ name, type: '', content: Buffer.alloc(2048) }]
  const { text } = parts(acme, addressed, { ...bare, attachments } as unknown as typeof bare)
  expect(text.split(name)).toHaveLength(2)
  expect(text).toContain(`${name} (2 KB)\n`)
})

test('missed targets and thresholds come first, those that were kept are not spoken of', () => {
  const { both, text } = parts(eventful(acme))
  const items = text
    .slice(text.indexOf('NEEDS ATTENTION'), text.indexOf('DAY BY DAY'))
    .split('\n')
    .filter((line) => line.startsWith('- '))
  expect(items.slice(0, 3)).toEqual([
    '- Open at end of week: 27, above the limit of 25.',
    '- Team “Onboarding”: customer waiting 1h 07m on average, the target of 30m is missed, n=61.',
    '- Inbox “Email”: first response 27m 13s on average, the target of 15m is missed, n=171.',
  ])
  for (const part of both) expect(part).not.toMatch(/limit of 80|The whole account/)
  const account = {
    type: 'account' as const,
    id: 7,
    name: 'x',
    times: 'resolution' as const,
    seconds: 5400,
    value: 20_400,
    n: 498,
    missed: true,
  }
  expect(parts(acmeWith({ targets: [account] })).text).toContain(
    '- The whole account: resolution time 5h 40m on average, the target of 1h 30m is missed, n=498.',
  )
  const low = {
    metric: 'csat_score' as const,
    limit: 'below' as const,
    value: 95,
    figure: { value: 91.6667, n: 96 },
    missed: true,
  }
  const slow = {
    metric: 'reply_time' as const,
    limit: 'above' as const,
    value: 1200,
    figure: { value: 1330, n: 1204 },
    missed: true,
  }
  const { text: limits } = parts(acmeWith({ thresholds: [low, slow] }))
  expect(limits).toContain('- CSAT: 91.7%, below the limit of 95.0%.')
  expect(limits).toContain('- Customer waiting: 22m 10s, above the limit of 20m.')
})

test('corrected figures: what was said, what is right, of which period; the subject of a new edition says so', () => {
  const { both } = parts(eventful(acme))
  for (const part of both) {
    expect(part).toContain('New conversations, 27 Apr – 3 May 2026: was 471, now 474.')
    expect(part).toContain('First response, 27 Apr – 3 May 2026: was no data, now 15m 54s.')
    expect(part).toContain('edition 2')
  }
  expect(parts(acme).text).not.toContain('CORRECTED')
  expect(mailOf(acmeWith({ edition: 2 }), bare).subject).toMatch(/^\[Corrected\] Acme/)
  expect(mailOf(acmeWith({ corrections: eventful(acme).corrections }), bare).subject).toMatch(/^Acme/)
})

test('missing hours are named in the banner, three stretches at most, and the subject says that data is incomplete', () => {
  const { html, both } = parts(eventful(acme))
  for (const part of both)
    expect(part).toContain('Incomplete: Sat 9 May 22:00 – Sun 10 May 03:00, Sun 10 May 21:00–24:00 not yet processed.')
  expect(html).toContain('class="notice notice-ink"')
  const stretch = (day: number) => ({ from: at(`2026-05-0${day}T13:00`), until: at(`2026-05-0${day}T14:00`) })
  const gaps = acmeWith({ data: { ...acme.data, missing: [4, 5, 6, 7, 8].map(stretch) } })
  const { subject, text, html: page } = mailOf(gaps, bare)
  expect(text).toContain(
    'Incomplete: Mon 4 May 13:00–14:00, Tue 5 May 13:00–14:00, Wed 6 May 13:00–14:00, 2 more stretches not yet processed.',
  )
  expect(subject).toMatch(/^\[Incomplete data\] Acme/)
  expect(page).toContain('Europe/Berlin. Data incomplete.')
})

test('what the figures are restricted to is said by name, five of a kind', () => {
  for (const part of parts(eventful(acme)).both) expect(part).toContain('Only inboxes: Email, Website chat · teams: Billing')
  const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, id) => ({ dimension: 'label' as const, id: id + 1, name }))
  expect(parts(acmeWith({ scope: [{ dimension: 'agent', id: 0, name: '' }, ...labels] })).text).toContain(
    'Only agents: Unassigned · labels: a, b, c, d, e, and 2 more',
  )
  expect(parts(acme).text).not.toContain('Only ')
})

test('without surveys the sixth tile is what is left open', () => {
  const { text } = parts(eventful(acme))
  expect(text).toMatch(/Open at end of week +27 +18 +\+9 \(50% more\)/)
  expect(text).not.toContain('CSAT  ')
  expect(parts(acme).text).toContain('CSAT')
})
