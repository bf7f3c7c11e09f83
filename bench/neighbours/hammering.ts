import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../../src/clock.ts'
import { run } from '../../src/db.ts'
import { demoAccounts } from '../../src/demo/load.ts'
import { startTidemark } from '../../test/support/processes.ts'
import type { Desk } from '../desk.ts'
import { clientOf, evenly } from './client.ts'
import type { Hammering } from './hammer.ts'
import { freePort } from '../../test/support/free-port.ts'

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

/** The turns, one after the other in each round: nobody else asks; others ask a bare server, which refuses them; they ask ours. */
const TURNS = ['alone', 'machine', 'beside'] as const
type Turn = (typeof TURNS)[number]

/**
 * Seconds of each request of one account, alone, beside requests that this machine refuses without Tidemark, and beside a token
 * of another account that is refused all the time; and what a request of either costs of the processor, which does not
 * depend on what else the machine does.
 */
export async function besideHammering({ desk, url, rounds, seconds }: Load) {
  const [hammering, measured] = await demoAccounts(desk.pool)
  await addTokens(desk, measured!.id, 'bench', TOKENS)
  await addTokens(desk, hammering!.id, 'hammer', rounds)
  const port = await freePort()
  const web = startTidemark(url, ['serve'], { PORT: String(port), RATE_LIMIT_MAX: String(LIMIT), LOG_LEVEL: 'error' })
  const client = clientOf(port)
  const hammer = await startHammer()
  try {
    while ((await client('/readyz', '').catch(() => 0)) !== 200) await sleep(100)
    const path = (account: number) =>
      `/api/v2/accounts/${account}/reports/summary?type=account&since=${desk.end - 30 * 86_400}&until=${desk.end}`
    const times: Record<Turn, number[]> = { alone: [], machine: [], beside: [] }
    const cpu = { alone: 0, machine: 0, beside: 0 }
    const statuses: number[] = []
    let asked = 0
    const measure = async () => {
      const elapsed = stopwatch()
      if ((await client(path(measured!.id), `bench-${asked++ % TOKENS}`)) !== 200) throw new Error('a neighbour was refused')
      return elapsed()
    }
    const hammered = { path: path(hammering!.id), token: '', aSecond: HAMMERED, seconds }
    const others = {
      alone: async () => {},
      machine: () => hammer.hammer({ ...hammered, port: hammer.port }),
      beside: async () => void statuses.push(...(await hammer.hammer({ ...hammered, port }))),
    }
    // The first requests find nothing ready.
    await evenly(ASKED, seconds, measure)
    for (let round = 0; round < rounds; round++) {
      for (const turn of TURNS) {
        // What a token is answered may cost as much as anybody's requests; here it is about those that are refused.
        hammered.token = `hammer-${round}`
        if (turn === 'beside') await Promise.all(Array.from({ length: LIMIT }, () => client(hammered.path, hammered.token)))
        await sleep(500)
        const before = await client.cpuSeconds()
        const happening = others[turn]()
        times[turn].push(...(await evenly(ASKED, seconds, measure)))
        await happening
        cpu[turn] += (await client.cpuSeconds()) - before
      }
    }
    const refused = statuses.filter((status) => status === 429).length
    const each = { asked: cpu.alone / times.alone.length, hammered: (cpu.beside - cpu.machine) / statuses.length }
    return { times, refused, each }
  } finally {
    client.close()
    hammer.end()
    await web.kill()
  }
}

/** Starts the process that hammers; `port` is where it answers, too. */
async function startHammer() {
  const child = fork(new URL('./hammer.ts', import.meta.url), { execArgv: ['--import', 'tsx'] })
  const [port] = (await once(child, 'message')) as [number]
  const hammer = async (hammering: Hammering) => {
    child.send(hammering)
    const [statuses] = (await once(child, 'message')) as [number[]]
    return statuses
  }
  return { port, hammer, end: () => child.disconnect() }
}

async function addTokens({ pool }: Desk, account: number, name: string, many: number): Promise<void> {
  await run(
    pool,
    `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at)
     select 'User', (select min(user_id) from account_users where account_id = $1 and role = 1), $2 || '-' || n, now(), now()
     from generate_series(0, $3) as n`,
    [account, name, many - 1],
  )
}
