// Whoever may no longer read a stream of events is cut off within half a minute, and nobody else is.
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createToken, revokeToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { NOON } from './office.ts'
import { serveOffice, type ServedOffice } from './served-office.ts'

let office: ServedOffice
let database: TestDatabase
let app: App
beforeAll(async () => {
  office = await serveOffice()
  ;({ database, app } = office)
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(() => {
  vi.useRealTimers()
})
afterAll(() => office.close())

/** A stream that is read as it comes. */
async function read(id: number, token: string) {
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/api/v1/admin/backfills/${id}/events`
  const answer = await fetch(url, { headers: { api_access_token: token } })
  const stream = { status: answer.status, text: '', ended: false }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of answer.body!) stream.text += decoder.decode(chunk as Uint8Array, { stream: true })
    stream.ended = true
  })()
  await vi.waitFor(() => expect(stream.text).toContain('"state":"queued"'), { timeout: 10_000, interval: 20 })
  return stream
}

test('a token that is revoked, and an administrator who is none any more, read on no longer', { timeout: 60_000 }, async () => {
  const { pool } = database
  const made = (name: string) =>
    createToken(pool, 1, { name, role: 'administrator', userId: null, expiresAt: null }, byCommand(NOON))
  const [revoked, kept] = [await made('revoked'), await made('kept')]
  const { id } = await requestBackfill(pool, { accountId: 1, since: NOON - 86_400, until: NOON, reason: 'a test' })
  // The monotonic clock alone, by which streams know their age, is moved by hand.
  vi.useFakeTimers({ toFake: ['performance'] })
  const [theirs, his, others] = await Promise.all([revoked.text, 'token-1', kept.text].map((token) => read(id, token)))
  await revokeToken(pool, 1, revoked.token.id, byCommand(NOON))
  await run(pool, 'update account_users set role = 0 where account_id = 1 and user_id = 1')
  await sleep(1500)
  expect([theirs, his, others].map((stream) => stream!.ended)).toEqual([false, false, false])

  vi.advanceTimersByTime(31_000)
  await vi.waitFor(() => expect([theirs!.ended, his!.ended]).toEqual([true, true]), { timeout: 10_000, interval: 50 })
  await run(pool, `update tidemark.backfills set state = 'cancelled', finished_at = now() where account_id = 1 and id = $1`, [id])
  await vi.waitFor(() => expect(others!.ended).toBe(true), { timeout: 10_000, interval: 50 })
  expect(others!.text).toContain('"state":"cancelled"')
  for (const stream of [theirs, his]) expect(stream!.text).not.toContain('cancelled')
  // Whoever comes again is told why.
  const again = (token: string) =>
    app.inject({ url: `/api/v1/admin/backfills/${id}/events`, headers: { api_access_token: token } })
  expect([(await again(revoked.text)).statusCode, (await again('token-1')).statusCode]).toEqual([401, 403])
})
