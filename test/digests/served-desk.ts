import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import { run } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { deliverQueued, type Deliveries } from '../../src/digests/delivery/deliver.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import type { MailRoute } from '../../src/digests/delivery/send.ts'
import { giveTokens, serve } from '../http/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, openBerlin, rollDesk, type Given } from './desk.ts'

export interface Answer<T> {
  status: number
  text: string
  json: T & { detail: string }
  headers: Headers
}

/** A desk whose digests are delivered into an outbox, its neighbour, and a server that is asked over HTTP. */
export interface ServedDesk {
  database: TestDatabase
  desk: Desk
  /** Another account on the same server; its first agent is its administrator, as the desk's is. */
  neighbour: Desk
  /** Where the server listens. */
  url: string
  route: MailRoute
  /** The present moment of the server and of deliveries. */
  now: number
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, of?: Desk, by?: number): Promise<Answer<T>>
  /** A digest whose week is composed and delivered. */
  sent(input?: Given): Promise<Digest>
  deliver(): Promise<Deliveries>
  /** The mail of a delivery, as it lies in the outbox. */
  mailOf(deliveryId: string): Promise<Email>
  /** Removes all digests with what was sent of them. */
  clear(): Promise<void>
  close(): Promise<void>
}

export async function openServedDesk(): Promise<ServedDesk> {
  const database = await createDeskDatabase()
  const { pool } = database
  const desk = await openBerlin(pool, 40)
  const neighbour = await openBerlin(pool, 0)
  await rollDesk(pool, desk)
  const administrators = [desk.agents[0], neighbour.agents[0]]
  await run(pool, 'update account_users set role = case when user_id = any ($1::int[]) then 1 else 0 end', [administrators])
  await giveTokens(pool)
  const app = serve(pool, { clock: () => served.now })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const outbox = await mkdtemp(join(tmpdir(), 'outbox-'))
  const route = { smtpUrl: undefined, from: 'Tidemark <reports@desk.example>', outbox } as MailRoute
  const served: ServedDesk = {
    database,
    desk,
    neighbour,
    url,
    route,
    now: DUE,
    async ask<T>(method: string, path: string, body?: object, of = desk, by = of.agents[0]): Promise<Answer<T>> {
      const headers = { api_access_token: `token-${by}`, ...(body ? { 'content-type': 'application/json' } : {}) }
      const given = body ? { body: JSON.stringify(body) } : {}
      const answer = await fetch(`${url}/api/v1/accounts/${of.accountId}/${path}`, { method, headers, ...given })
      const text = await answer.text()
      const isJson = answer.headers.get('content-type')?.includes('json') ?? false
      const json = (isJson ? JSON.parse(text) : undefined) as Answer<T>['json']
      return { status: answer.status, text, json, headers: answer.headers }
    },
    async sent(input = {}) {
      const digest = await berlinDigest(pool, desk, input)
      await planDueDigests(pool, DUE)
      await composeDueDigests(pool, DUE)
      await served.deliver()
      return digest
    },
    deliver: () => deliverQueued(pool, served.now, { route }),
    async mailOf(deliveryId) {
      const name = (await readdir(outbox)).find((file) => file.includes(deliveryId))
      if (name === undefined) throw new Error(`there is no mail of ${deliveryId}`)
      return PostalMime.parse(await readFile(join(outbox, name)))
    },
    async clear() {
      served.now = DUE
      const accounts = [desk.accountId, neighbour.accountId]
      await run(pool, 'delete from tidemark.digests where account_id = any ($1)', [accounts])
      await run(pool, 'delete from tidemark.suppressions where account_id = any ($1)', [accounts])
    },
    async close() {
      // A file that a test did not read to its end would keep its connection open.
      app.server.closeAllConnections()
      await app.close()
      await rm(outbox, { recursive: true })
      await database.drop()
    },
  }
  return served
}
