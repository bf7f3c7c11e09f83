import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { recordRoll } from '../src/rollups/rolling/record-roll.ts'
import type { Desk } from './desk.ts'
import type { Serving } from './server.ts'

/** Tidemark's server over a desk, on a port of this machine, and who asks it. */
export interface Served {
  /** Asks over a kept connection and reads the whole answer. Gives what it was made from; throws for any status but 200. */
  ask(address: string): Promise<string>
  /** As a roll would: nothing that the server remembers of rolled rows is of use any more. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** Serves a desk as `tidemark serve` does, without a limit of requests, at the desk's present. */
export async function serveDesk({ url, pool, subject, token, end }: Desk): Promise<Served> {
  const server = fork(new URL('./server.ts', import.meta.url), { execArgv: ['--import', 'tsx'] })
  server.send({ url, end } satisfies Serving)
  const [port] = (await once(server, 'message')) as [number]
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
    server.disconnect()
    await once(server, 'exit')
  }
  return { ask, forget: () => recordRoll(pool, subject.accountId), close }
}
