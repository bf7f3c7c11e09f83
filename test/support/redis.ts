import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { supervise } from '../../src/postgres/supervisor.ts'
import { requireProgram } from './programs.ts'
import { freePort } from './free-port.ts'

export interface TestRedis {
  url: string
  stop(): Promise<void>
}

/**
 * Starts a real Redis on a free loopback port, set as BullMQ wants it (`noeviction`) and keeping nothing on disk.
 * It ends with this process at the latest. With a port it starts there: the same server again, as empty as it was new.
 * @returns undefined when Redis is not installed and may not be (never under CI): leave the tests out.
 */
export async function startRedis(samePort?: number): Promise<TestRedis | undefined> {
  const program = await requireProgram('redis-server')
  if (!program) return undefined
  // Between finding a free port and using it somebody else may take it: the server ends then, and the next port is tried.
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = samePort ?? (await freePort())
    const scratch = await mkdtemp(join(tmpdir(), 'tidemark-redis-'))
    const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', scratch]
    const server = supervise([program, ...place, '--maxmemory-policy', 'noeviction', '--save', '', '--appendonly', 'no'], {
      scratch,
    })
    if (await answers(port, server.exited)) return { url: `redis://127.0.0.1:${port}`, stop: () => server.stop() }
  }
  throw new Error('redis-server did not start')
}

async function answers(port: number, exited: Promise<number>): Promise<boolean> {
  let ended = false
  void exited.then(
    () => (ended = true),
    () => (ended = true),
  )
  while (!ended) {
    if (await ping(port)) return !ended
    await sleep(20)
  }
  return false
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'))
      socket.destroy()
    })
    socket.once('error', () => {})
    socket.once('close', () => resolve(false))
  })
}
