import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { announceMissing, sharedFolder, warnOnce } from '../support/shared.ts'
import { chatwootTemplate, get, giveTokens, rollEverything, serve, type Given } from './desk.ts'
import { isServed } from './served.ts'

interface Recorded {
  title: string
  now: string
  path: string
  query: Given
  status: number
  body: unknown
}

const shared = sharedFolder()
if (!shared) announceMissing('the replay of recorded Chatwoot answers')
const examples = shared ? join(shared, 'chatwoot/examples') : ''
const recorded: Recorded[] = shared
  ? readFileSync(join(examples, 'answers.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded)
  : []
const replayed = recorded.filter(({ path }) => isServed(path))
const skipped = recorded.filter(({ path }) => !isServed(path))
if (skipped.length > 0) {
  warnOnce(`SKIPPED, not served yet:\n${skipped.map(({ path, title }) => `  ${path} (${title})`).join('\n')}`)
}

describe.skipIf(!shared)('recorded Chatwoot answers', () => {
  describe.each([false, true])('with rollups: %s', (rolled) => {
    let database: TestDatabase
    let app: App

    beforeAll(async () => {
      const desk = readFileSync(join(examples, 'desk.sql'), 'utf8')
      database = await createDatabase({ template: await chatwootTemplate(shared!, 'recorded_answers', desk) })
      await giveTokens(database.pool)
      if (rolled) await rollEverything(database.pool)
      app = serve(database.pool, { clock: () => Date.parse(recorded[0]!.now) / 1000 })
    })
    afterAll(async () => {
      await app.close()
      await database.drop()
    })

    test.each(replayed.map((request) => [request.title, request.path, request] as const))(
      '%s %s',
      async (_title, _path, asked) => {
        const answer = await get(app, asked.path, asked.query, { api_access_token: 'token-1' })
        expect(answer.statusCode).toBe(asked.status)
        if (asked.path.endsWith('.csv')) expect(answer.body).toBe(withAllHeadings(asked.path, String(asked.body)))
        else expect(byId(answer.json())).toEqual(byId(asked.body))
        expect(['rollup', 'mixed', 'raw']).toContain(answer.headers['x-report-source'])
        if (!rolled) expect(answer.headers['x-report-source']).not.toBe('mixed')
      },
    )
  })
})

/** Chatwoot's inboxes file has seven columns under five headings; ours has a heading for each (a listed difference). */
function withAllHeadings(path: string, text: string): string {
  const headings = 'Avg first response time,Avg resolution time\n'
  return path.includes('/inboxes')
    ? text.replace(headings, `${headings.trim()},Avg customer waiting time,Resolution Count\n`)
    : text
}

/** Lists of entities have no order in Chatwoot; series do, and have no ids. */
function byId(body: unknown): unknown {
  const isList = Array.isArray(body) && body.every((row: { id?: number }) => typeof row.id === 'number')
  return isList ? [...(body as { id: number }[])].sort((a, b) => a.id - b.id) : body
}
