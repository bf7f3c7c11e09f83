import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../../src/clock.ts'
import { run } from '../../src/db.ts'
import { demoAccounts } from '../../src/demo/load.ts'
import { startTidemark } from '../../test/support/processes.ts'
import type { Desk } from '../desk.ts'

/** Requests a minute that a token is answered. */
export const LIMIT = 60
/** Requests a second of the account that is measured, by tokens enough that none comes near its limit. */
export const ASKED = 10
const TOKENS = 20
/** Requests a second of the one who hammers. */
export const HAMMERED = 100

interface Load {
  desk: Desk
  url: string
  rounds: number
  /** Of each turn. */
  seconds: number
}

/**
 * Seconds of each request of one account, alone and beside a token of another that is refused all the time, by turns; and what a
 * request of either costs of the processor, which does not depend on what else the machine does.
 */
export async function besideHammering({ desk, url, rounds, seconds }: Load) {
  const [hammering, measured] = await demoAccounts(desk.pool)
  await addTokens(desk, measured!.id)
  const port = await freePort()
  const web = startTidemark(url, ['serve'], { PORT: String(port), RATE_LIMIT_MAX: String(LIMIT), LOG_LEVEL: 'error' })
  const client = clientOf(port)
  try {
    while ((await client('/readyz', '').catch(() => 0)) !== 200) await sleep(100)
    const path = (account: number) =>
      `/api/v2/accounts/${account}/reports/summary?type=account&since=${desk.end - 30 * 86_400}&until=${desk.end}`
    const [alone, beside, statuses]: number[][] = [[], [], []]
    const cpu = { alone: 0, beside: 0 }
    const spent = async (which: keyof typeof cpu, work: () => Promise<unknown>) => {
      const before = await client.cpuSeconds()
      await work()
      cpu[which] += (await client.cpuSeconds()) - before
    }
    let turn = 0
    const measure = async () => {
      const elapsed = stopwatch()
      if ((await client(path(measured!.id), `bench-${turn++ % TOKENS}`)) !== 200) throw new Error('a neighbour was refused')
      return elapsed()
    }
    // The first requests find nothing ready.
    await evenly(ASKED, seconds, measure)
    for (let round = 0; round < rounds; round++) {
      await spent('alone', async () => alone!.push(...(await evenly(ASKED, seconds, measure))))
      // What a token is answered may cost as much as anybody's requests; here it is about those that are refused.
      await Promise.all(Array.from({ length: LIMIT }, () => client(path(hammering!.id), hammering!.token)))
      await spent('beside', async () => {
        const hammer = evenly(HAMMERED, seconds, () => client(path(hammering!.id), hammering!.token))
        beside!.push(...(await evenly(ASKED, seconds, measure)))
        statuses!.push(...(await hammer))
      })
    }
    const refused = statuses!.filter((status) => status === 429).length
    const each = { asked: cpu.alone / alone!.length, hammered: (cpu.beside - cpu.alone) / statuses!.length }
    return { alone: alone!, beside: beside!, refused, each }
  } finally {
    client.close()
    await web.kill()
  }
}

async function addTokens({ pool }: Desk, account: number): Promise<void> {
  await run(
    pool,
    `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at)
     select 'User', (select min(user_id) from account_users where account_id = $1 and role = 1), 'bench-' || n, now(), now()
     from generate_series(0, $2) as n`,
    [account, TOKENS - 1],
  )
}

/** Begins something so many times a second for some seconds, however long it takes, and gives what came of each. */
async function evenly<T>(aSecond: number, seconds: number, work: () => Promise<T>): Promise<T[]> {
  const elapsed = stopwatch()
  const begun: Promise<T>[] = []
  for (let i = 0; i < aSecond * seconds; i++) {
    await sleep(Math.max(0, (i / aSecond - elapsed()) * 1000))
    begun.push(work())
  }
  return Promise.all(begun)
}

/** Asks over kept connections, reads the whole answer and gives its status; or what the process has used of the processor. */
function clientOf(port: number) {
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
