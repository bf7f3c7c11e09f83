// A backfill that may work beside so many others only: asked for over HTTP, shown while it waits, and nothing of the others told.
import type { AddressInfo } from 'node:net'
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { backfillFrom, sha256OfBody } from '../../src/admin/backfill-request.ts'
import { COMMAND } from '../../src/audit/actor.ts'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { controlBackfill } from '../../src/rollups/backfill/control-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { askForBackfill, wanted } from './ask-for-backfill.ts'
import { serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  await run(database.pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(() => run(database.pool, 'delete from tidemark.backfills'))
afterAll(async () => {
  await app.close()
  await database.drop()
})

const headers = { api_access_token: 'token-1' }
interface Told {
  concurrency: number | null
  progress: { rests_for: string | null; rests_until: string | null; seconds_left: number | null }
}
const read = async (id: number) => (await app.inject({ url: `/api/v1/admin/backfills/${id}`, headers })).json<Told>()

test('it is taken, told and planned with; a number out of bounds is refused', async () => {
  const { status, json } = await askForBackfill(app, { ...wanted, concurrency: 4 })
  expect([status, json]).toMatchObject([201, { concurrency: 4, progress: { rests_for: null } }])
  expect((await askForBackfill(app, { ...wanted, concurrency: 4 })).status).toBe(200)
  expect((await askForBackfill(app, wanted)).status).toBe(409)
  const plan = await askForBackfill(app, { ...wanted, dry_run: true, concurrency: 64 })
  expect([plan.status, plan.json]).toMatchObject([200, { concurrency: 64 }])
  for (const concurrency of [0, 65, 1.5, '2']) {
    const { status, json } = await askForBackfill(app, { ...wanted, concurrency })
    expect([status, json.detail]).toEqual([422, expect.stringContaining('concurrency')])
  }
})

test('while it waits that is shown, live too, and neither whose nor which backfill it waits for', async () => {
  const { pool } = database
  const other = await requestBackfill(pool, { accountId: 2, since: -Infinity, until: Infinity, reason: 'theirs' })
  const { id } = (await askForBackfill(app, { ...wanted, concurrency: 1 })).json
  const { progress, ...told } = await read(id)
  expect(progress).toMatchObject({ rests_for: 'turn', rests_until: null, seconds_left: null })
  expect(told).not.toHaveProperty('waitsForTurn')

  const { port } = app.server.address() as AddressInfo
  const stream = await fetch(`http://127.0.0.1:${port}/api/v1/admin/backfills/${id}/events`, { headers })
  let text = ''
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of stream.body!) text += decoder.decode(chunk as Uint8Array, { stream: true })
  })()
  const events = () =>
    [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, event, data]) => [
      event,
      (JSON.parse(data!) as Told).progress.rests_for,
    ])
  await vi.waitFor(() => expect(events()).toEqual([['state', 'turn']]), { timeout: 5000, interval: 20 })
  // Its turn comes without a change of its own.
  await controlBackfill(pool, 2, other.id, 'pause', { actor: COMMAND, at: NOON })
  await vi.waitFor(() => expect(events().slice(1)).toEqual([['progress', null]]), { timeout: 5000, interval: 20 })
  expect((await read(id)).progress.rests_for).toBeNull()
  await app.inject({ method: 'POST', url: `/api/v1/admin/backfills/${id}/cancel`, headers, payload: {} })
  await reading
  expect(events().at(-1)).toEqual(['state', null])
  expect(text).not.toContain('theirs')
})

test('without it, a request that an older release took under a key is the same when it comes again', () => {
  const body = backfillFrom(wanted)
  const { concurrency, notify, ...known } = body
  expect([concurrency, notify]).toEqual([null, false])
  const sha256 = (said: object) => createHash('sha256').update(JSON.stringify(said)).digest('hex')
  expect(sha256OfBody(body)).toBe(sha256(known))
  expect(sha256OfBody({ ...body, notify: true })).toBe(sha256({ ...known, notify: true }))
  expect(sha256OfBody({ ...body, concurrency: 2 })).not.toBe(sha256OfBody(body))
})
