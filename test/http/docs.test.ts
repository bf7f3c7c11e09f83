// The page of the API: what it says, and that a browser shows it without asking for anything else.
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { schemaText } from '../../src/http/schema-text.ts'
import { openPool, type Pool } from '../../src/db.ts'
import { metricNames } from '../../src/rollups/metrics.ts'
import { requireProgram } from '../support/programs.ts'
import { get, serve } from './desk.ts'

interface Described {
  paths: Record<string, Record<string, { operationId: string; parameters?: { name: string }[] }>>
}

let pool: Pool
let app: App
let html: string
beforeAll(async () => {
  // The page needs no database.
  pool = openPool('postgresql://postgres@127.0.0.1:1/none', { max: 1 })
  app = serve(pool, { publicUrl: 'https://reports.example.com/', rateLimitMax: 1234 })
  html = (await get(app, '/docs')).body
})
afterAll(async () => {
  await app.close()
  await pool.end()
})

describe('what it says', () => {
  test('every operation with its address and parameters, every metric, and the bounds', async () => {
    const document = (await get(app, '/openapi.json')).json() as Described
    for (const [path, item] of Object.entries(document.paths)) {
      for (const { operationId, parameters = [] } of Object.values(item)) {
        const article = html.split('<article ').find((part) => part.includes(`<h3 id="${operationId}">`)) ?? ''
        expect(article).toContain(`<code>${path}</code>`)
        for (const { name } of parameters) expect(article).toContain(`<dt><code>${name}</code>`)
        expect(html).toContain(`href="#${operationId}"`)
      }
    }
    for (const name of metricNames) expect(html).toContain(`<code>${name}</code>`)
    for (const bound of ['20,000', '10,000', '16,384', '1,234']) expect(html).toContain(bound)
    expect(html).toContain('https://reports.example.com/api/v2/accounts/1/reports?metric=conversations_count&amp;type=account')
  })

  test('every link within the page has a target, and every id is unique', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const missing = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.includes(id))
    expect(missing).toEqual([])
  })

  test('schemas are written as a reader would', () => {
    const entity = { type: 'object', required: ['id'], properties: { id: { type: 'integer' }, 'a-b': { type: ['number', 'null'], description: 'Mean.' } } } // prettier-ignore
    expect(schemaText({ type: 'array', items: entity })).toBe('[{\n  id: integer\n  "a-b"?: number | null  // Mean.\n}]')
    expect(schemaText({ type: 'object', additionalProperties: { enum: ['a', 1] } })).toBe('{\n  [any name]: "a" | 1\n}')
    expect(schemaText({ anyOf: [{ $ref: '#/components/schemas/Row' }, { const: null }] })).toBe('Row | null')
    expect(schemaText({ type: 'string', format: 'date' })).toBe('string (date)')
  })
})

describe('in a browser', async () => {
  const program = await requireProgram('chromium')

  test.skipIf(!program).each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
  ] as const)('%s, %d px wide: one request, nothing refused, nothing wider than the window', async (colorScheme, width) => {
    const url = await address()
    const browser = await chromium.launch({ executablePath: program!, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
      const [requests, complaints]: [string[], string[]] = [[], []]
      page.on('request', (request) => requests.push(request.url()))
      page.on('console', (message) => complaints.push(message.text()))
      const response = await page.goto(`${url}/docs`)
      expect(response?.headers()['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:/,
      )
      expect({ requests, complaints }).toEqual({ requests: [`${url}/docs`], complaints: [] })
      const seen = await page.evaluate<{ wide: number; background: string }>(
        '({ wide: document.documentElement.scrollWidth, background: getComputedStyle(document.body).backgroundColor })',
      )
      expect(seen).toEqual({ wide: width, background: colorScheme === 'dark' ? 'rgb(13, 19, 23)' : 'rgb(238, 242, 244)' })
      // The first thing that a keyboard reaches leads past the contents.
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
      await page.keyboard.press('Enter')
      expect(new URL(page.url()).hash).toBe('#content')
    } finally {
      await browser.close()
    }
  })
})

let listening: Promise<string> | undefined
const address = () => (listening ??= app.listen({ port: 0, host: '127.0.0.1' }))
