import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
let now = NOON
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => now })
  ask = asking(app)
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const stored = () => many(database.pool, 'select count(*) as n from tidemark.digests')

describe('a definition', () => {
  test('is stored with what it leaves out filled in, belongs to who asks, and tells when it is due', async () => {
    const { status, json } = await ask('POST', 'digests', weekly)
    expect([status, json]).toEqual([201, expect.anything()])
    expect(json).toMatchObject({
      ...weekly,
      owner_id: 1,
      owner: { id: 1, name: 'Ann', member: true },
      window: { unit: 'week', count: 1 },
      recipients: [{ address: 'ana@example.com', lens: 'all' }],
      recipients_count: 1,
      paused: false,
      health: 'ok',
      last_result: null,
    })
    expect(json.next_due).toHaveLength(5)
    expect(json.next_due[0]).toEqual({
      due_at: '2026-06-22T06:00:00Z',
      local: '2026-06-22T08:00:00+02:00',
      period: { first_date: '2026-06-15', last_date: '2026-06-21' },
    })
    expect((await ask('GET', `digests/${json.id}`)).json).toEqual(json)
    expect((await ask('DELETE', `digests/${json.id}`)).status).toBe(204)
    expect((await ask('GET', `digests/${json.id}`)).status).toBe(404)
    expect(await stored()).toEqual([{ n: 0 }])
  })
})
