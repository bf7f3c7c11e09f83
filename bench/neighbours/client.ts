import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../../src/clock.ts'

/** Asks over kept connections, reads the whole answer and gives its status; or what the process has used of the processor. */
export function clientOf(port: number) {
  const agent = new Agent({ keepAlive: true })
  const read = async (path: string, token: string) => {
    const request = get({ agent, host: '127.0.0.1', port, path, headers: { api_access_token: token } })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(response, 'end')
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }
  }
  const cpuSeconds = async () => Number(/^process_cpu_seconds_total (.*)$/m.exec((await read('/metrics', '')).body)?.[1])
  const ask = async (path: string, token: string) => (await read(path, token)).status
  return Object.assign(ask, { cpuSeconds, close: () => agent.destroy() })
}

/** Begins something so many times a second for some seconds, however long it takes, and gives what came of each. */
export async function evenly<T>(aSecond: number, seconds: number, work: () => Promise<T>): Promise<T[]> {
  const elapsed = stopwatch()
  const begun: Promise<T>[] = []
  for (let i = 0; i < aSecond * seconds; i++) {
    await sleep(Math.max(0, (i / aSecond - elapsed()) * 1000))
    begun.push(work())
  }
  return Promise.all(begun)
}
