// The promise: the mail can be read in light and dark, on a phone, and with images off, in every language.
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artefactsOf } from '../../src/digests/files/artefacts.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { requireProgram } from '../support/programs.ts'
import { addressed, day, eventful, month, week } from './scenes.ts'

const shown = {
  'week-en': week('en'),
  'eventful-en': eventful(week('en')),
  'eventful-de': eventful(week('de')),
  'eventful-ar': eventful(week('ar')),
  'day-ar': day('ar'),
  'month-de': month('de'),
}
type Name = keyof typeof shown
const names = Object.keys(shown) as Name[]

describe('in a browser', async () => {
  const program = await requireProgram('chromium')
  let browser: Browser
  beforeAll(async () => {
    if (program) browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())

  async function open(name: Name, images: boolean): Promise<Page> {
    const snapshot = shown[name]
    const artefacts = await artefactsOf(snapshot, ['inline'])
    const { html } = mailOf(snapshot, artefacts, addressed)
    const page = await browser.newPage({ viewport: { width: 720, height: 900 } })
    const inline = (content: Buffer) => `data:image/png;base64,${content.toString('base64')}`
    const drawn = artefacts.pictures.reduce((all, { cid, content }) => all.replaceAll(`cid:${cid}`, inline(content)), html)
    await page.setContent(images ? drawn : html)
    return page
  }

  test.skipIf(!program).each(names)(
    '%s: nothing is cut off, every text can be read, one picture of each pair is shown, in light and dark, on a desk and a phone',
    async (name) => {
      const page = await open(name, true)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        for (const width of [720, 360]) {
          await page.setViewportSize({ width, height: 900 })
          const { wide, cut, faint, pictures } = await page.evaluate<Seen>(`(${look})()`)
          expect({ colorScheme, wide, cut, faint }).toEqual({ colorScheme, wide: width, cut: [], faint: [] })
          const pair = [colorScheme === 'light', colorScheme === 'dark']
          expect(pictures).toEqual(name.startsWith('day') ? pair : [...pair, ...pair])
        }
      }
      await page.close()
    },
  )

  test.skipIf(!program).each(names)('%s with images off says what the pictures would show', async (name) => {
    const page = await open(name, false)
    const alts = await page.evaluate<string[]>(
      `[...document.images].filter((image) => image.checkVisibility()).map((image) => image.alt)`,
    )
    await page.close()
    expect(alts).toHaveLength(name.startsWith('day') ? 1 : 2)
    for (const alt of alts) expect(alt.match(/\d+/g)?.length).toBeGreaterThanOrEqual(7)
  })

  test.skipIf(!program)(
    'right-to-left mail begins at the right, its columns too, and signs stay on the left of their numbers',
    async () => {
      const page = await open('eventful-ar', false)
      const { title, columns, signs } = await page.evaluate<{ title: number; columns: number[]; signs: boolean[] }>(
        `(${mirror})()`,
      )
      await page.close()
      expect(title).toBeGreaterThan(600)
      expect(columns).toEqual(columns.toSorted((a, b) => b - a))
      expect(columns).toHaveLength(6)
      expect(signs.length).toBeGreaterThan(10)
      expect(signs).not.toContain(false)
    },
  )
})

interface Seen {
  wide: number
  cut: string[]
  faint: string[]
  pictures: boolean[]
}

/** Runs in the page: what is wider than its place, and what stands out too little from what it stands on. */
const look = `() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const luminance = (colour) => channels(colour).slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor
      if (!/, 0\\)$/.test(colour)) return colour
    }
    return 'rgb(255, 255, 255)'
  }
  const texts = [...document.body.querySelectorAll('p, h1, h2, th, td, span, a, strong')].filter((e) => e.checkVisibility() && [...e.childNodes].some((node) => node.nodeType === 3 && /[\\p{L}\\d]/u.test(node.data)))
  const ratio = (e) => {
    const [high, low] = [luminance(getComputedStyle(e).color), luminance(ground(e))].sort((a, b) => b - a)
    return (high + 0.05) / (low + 0.05)
  }
  return {
    wide: document.documentElement.scrollWidth,
    cut: texts.filter((e) => { const box = e.getBoundingClientRect(); return box.left < -1 || box.right > innerWidth + 1 }).map((e) => e.textContent),
    faint: texts.filter((e) => ratio(e) < 4.5).map((e) => e.textContent),
    pictures: [...document.images].map((image) => image.checkVisibility()),
  }
}`

/** Runs in the page: where title and columns are, and whether each sign is on the left of the digit after it. */
const mirror = `() => {
  const signs = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const { index } of node.data.matchAll(/[+-](?=\\u200e?\\d)/g)) {
      const at = (i) => { const range = document.createRange(); range.setStart(node, i); range.setEnd(node, i + 1); return range.getBoundingClientRect() }
      const digit = node.data[index + 1] === '\\u200e' ? index + 2 : index + 1
      if (!node.parentElement.checkVisibility() || /[A-Za-z\\d]/.test(node.data[index - 1] ?? '')) continue
      signs.push(at(index).left < at(digit).left)
    }
  }
  const title = document.querySelector('h1')
  const range = document.createRange()
  range.selectNodeContents(title)
  const heads = [...document.querySelector('th').parentElement.children]
  return { title: range.getBoundingClientRect().right, columns: heads.map((head) => head.getBoundingClientRect().right), signs }
}`
