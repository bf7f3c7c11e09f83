import { setTimeout as sleep } from 'node:timers/promises'
import { isSqlState, openPool, SQLSTATE } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import type { Act } from './acts.ts'
import { everything } from './acts.ts'
import type { Desk } from './desk.ts'

export interface WritersSetup {
  url: string
  desks: readonly Desk[]
  random: Random
  /** How many write at the same time. */
  writers: number
  acts?: readonly { weight: number; act: Act }[]
  /** Share of transactions that are rolled back. */
  rolledBack?: number
  /** Share of transactions that stay open for `heldSeconds` after they have written. */
  held?: number
  heldSeconds?: number
  /** Their server may go away: whoever loses its connection goes on with another one. */
  cutOff?: boolean
  /** Seconds that each writer rests between two transactions. */
  rest?: number
}

export interface Writers {
  /** Transactions so far. */
  readonly committed: number
  readonly held: number
  /** Lets every writer finish its transaction. @throws what a writer threw: none may fail */
  stop(): Promise<void>
}

/** Starts writers that go on, each on a connection of its own, until they are stopped. */
export function startWriters({ url, writers, ...setup }: WritersSetup): Writers {
  const { desks, random, acts = everything, rolledBack = 0.05, held = 0.01, heldSeconds = 3, cutOff = false, rest = 0 } = setup
  const pool = openPool(url, { max: writers, applicationName: 'writer' })
  const counts = { committed: 0, held: 0 }
  let stopped = false

  async function once(): Promise<void> {
    const desk = random.pick(desks)
    const { act } = random.weighted(acts)
    const [fails, holds] = [random.chance(rolledBack), random.chance(held)]
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await client.query('begin')
      const committed = await act(client, desk, random)
      if (holds) await sleep(heldSeconds * 1000)
      await client.query(fails ? 'rollback' : 'commit')
      if (fails) return
      committed?.()
      counts.committed++
      if (holds) counts.held++
    } catch (error) {
      // Another writer has just moved the row to another month's partition: who meets that tries again, as an application does.
      if (!isSqlState(error, SQLSTATE.serializationFailure)) throw error
      await client.query('rollback').catch((failure: Error) => (broken = failure))
    } finally {
      client.release(broken)
    }
  }

  /** Errors of a server that ends, is not there, or does not take anybody yet. */
  const isCutOff = (error: unknown) =>
    isSqlState(error, '57P01', '57P02', '57P03') || /terminated|not queryable|ECONN|EPIPE|timeout/.test((error as Error).message)

  async function goOn(): Promise<void> {
    while (!stopped) {
      await once().catch(async (error: unknown) => {
        if (!cutOff || !isCutOff(error)) throw error
        await sleep(100)
      })
      if (rest > 0) await sleep(rest * 1000)
    }
  }

  const ended = Promise.all(Array.from({ length: writers }, goOn))
  ended.catch(() => (stopped = true))
  return {
    get committed() {
      return counts.committed
    },
    get held() {
      return counts.held
    },
    async stop() {
      stopped = true
      try {
        await ended
      } finally {
        await pool.end()
      }
    },
  }
}
