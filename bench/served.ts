import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildServer } from '../src/http/server.ts'
import { log } from '../src/log.ts'
import { recordRoll } from '../src/rollups/rolling/record-roll.ts'
import type { Desk } from './desk.ts'

/** Tidemark's server over a desk, on a port of this machine, and who asks it. */
export interface Served {
  /** Asks over a kept connection and reads the whole answer. Gives what it was made from; throws for any status but 200. */
  ask(address: string): Promise<string>
  /** As a roll would: nothing that the server remembers of rolled rows is of use any more. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** Serves a desk as `tidemark serve` does, without a limit of requests, at the desk's present. */
export async function serveDesk({ pool, subject, token, end }: Desk): Promise<Served> {
  // A line for each request would be measured, too.
  log.level = 'warn'
  const app = buildServer({
    pool,
    ready: async () => [],
    clock: () => end,
    rateLimitMax: Number.MAX_SAFE_INTEGER,
    chatwootUi: false,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  const headers = { api_access_token: token }
  const ask = (address: string) =>
    new Promise<string>((resolve, reject) => {
      const request = get({ agent, host: '127.0.0.1', port, path: address, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === 200) return resolve(String(response.headers['x-report-source'] ?? ''))
          reject(new Error(`${address}: ${response.statusCode} ${Buffer.concat(chunks).toString().slice(0, 500)}`))
        })
      })
      request.on('error', reject)
    })
  const close = async () => {
    agent.destroy()
    await app.close()
  }
  return { ask, forget: () => recordRoll(pool, subject.accountId), close }
}
