// What somebody does with a backfill is done once, however often it is sent after an answer got lost.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { one, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { askForBackfill, wanted } from './ask-for-backfill.ts'
import { NOON } from './office.ts'
import { serveOffice, type ServedOffice } from './served-office.ts'

let office: ServedOffice
let database: TestDatabase
let app: App
beforeAll(async () => {
  office = await serveOffice()
  ;({ database, app } = office)
})
afterEach(() => run(database.pool, 'delete from tidemark.backfills'))
afterAll(() => office.close())

describe('a control that is sent again with its key', () => {
  const control = async (id: number, verb: string, payload: object, headers: Record<string, string>) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/api/v1/admin/backfills/${id}/${verb}`,
      headers: { api_access_token: 'token-1', ...headers },
      payload,
    })
    return { status: answer.statusCode, json: answer.json<{ id: number; state: string; detail: string }>() }
  }
  const acts = async (action: string, id: number) =>
    (
      await one<{ n: number }>(
        database.pool,
        'select count(*)::int as n from tidemark.audit_log where account_id = 1 and action = $1 and subject_id = $2',
        [action, id],
      )
    ).n
  const failed = async () => {
    const { id } = (await askForBackfill(app, wanted)).json
    await run(database.pool, `update tidemark.backfills set state = 'failed', finished_at = now() where id = $1`, [id])
    return id
  }

  test('tries once more, however often it comes and whatever became of it since', async () => {
    const id = await failed()
    const key = { 'idempotency-key': 'again' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => control(id, 'retry', { reason: 'mended' }, key)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(new Set(answers.map(({ json }) => json.id))).toEqual(new Set([id]))
    expect(await acts('backfill.retry', id)).toBe(1)
    // Without the key it is told that there is nothing to try again.
    expect((await control(id, 'retry', { reason: 'mended' }, {})).status).toBe(409)
    await run(database.pool, `update tidemark.backfills set state = 'failed', finished_at = now() where id = $1`, [id])
    const late = await control(id, 'retry', { reason: 'mended' }, key)
    expect([late.status, late.json.state, await acts('backfill.retry', id)]).toEqual([200, 'failed', 1])
  })

  test('pauses no more what somebody has resumed since', async () => {
    const { id } = (await askForBackfill(app, wanted)).json
    const key = { 'idempotency-key': 'hold' }
    expect((await control(id, 'pause', {}, key)).json.state).toBe('paused')
    await control(id, 'resume', {}, {})
    expect((await control(id, 'pause', {}, key)).json.state).toBe('queued')
    expect(await acts('backfill.pause', id)).toBe(1)
  })

  test('is refused when it asks for something else, with a key of a start too; others have keys of their own', async () => {
    const key = { 'idempotency-key': 'mine' }
    const { id } = (await askForBackfill(app, wanted, key)).json
    expect((await control(id, 'pause', {}, key)).status).toBe(409)
    const second = { 'idempotency-key': 'mine-2' }
    expect((await control(id, 'pause', {}, second)).status).toBe(200)
    for (const [verb, payload] of [
      ['cancel', {}],
      ['pause', { reason: 'another' }],
    ] as const) {
      const { status, json } = await control(id, verb, payload, second)
      expect([status, json.detail]).toEqual([409, expect.stringContaining(`about backfill ${id}`)])
    }
    expect((await askForBackfill(app, wanted, second)).status).toBe(409)
    const operator = await createToken(
      database.pool,
      null,
      { name: 'ops', role: 'administrator', userId: null, expiresAt: null },
      byCommand(NOON),
    )
    const theirs = { ...second, api_access_token: operator.text }
    expect((await control(id, 'cancel', {}, theirs)).json.state).toBe('cancelled')
    expect((await control(id, 'cancel', {}, { 'idempotency-key': 'a b' })).status).toBe(422)
  })

  test('is not remembered when it was refused', async () => {
    const { id } = (await askForBackfill(app, wanted)).json
    const key = { 'idempotency-key': 'early' }
    expect((await control(id, 'retry', {}, key)).status).toBe(409)
    await run(database.pool, `update tidemark.backfills set state = 'failed', finished_at = now() where id = $1`, [id])
    expect((await control(id, 'retry', {}, key)).status).toBe(200)
    expect(await acts('backfill.retry', id)).toBe(1)
  })
})
