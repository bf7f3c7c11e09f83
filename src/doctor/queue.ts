import { one } from '../db.ts'
import { reasonOf } from '../failure.ts'
import { redisAddress, redisInfo } from '../queue-redis.ts'
import { fail, ok, warn, type Check, type Finding } from './check.ts'

/** BullMQ's scripts need commands of it. */
const OLDEST_REDIS = 6

/** Whether jobs have a place where they are not lost. */
export const queue: Check = {
  name: 'queue',
  async look({ config, pool }) {
    if (config.redisUrl !== undefined) return lookAtRedis(config.redisUrl)
    const { made, may } = await one<{ made: boolean; may: boolean }>(
      pool,
      `select to_regclass('bullmq.job') is not null as made, has_database_privilege(current_database(), 'create') as may`,
    )
    if (made) return ok('on PostgreSQL, in the schema bullmq')
    if (may) return warn('on PostgreSQL, not made yet', 'The first worker makes it: start one.')
    return fail('on PostgreSQL, not made yet, and the role may not make it', 'Grant `create on database`, or set REDIS_URL.')
  },
}

async function lookAtRedis(url: string): Promise<Finding> {
  const address = redisAddress(url)
  const told = await redisInfo(url).catch((error: Error) => error)
  if (told instanceof Error) {
    return fail(`Redis at ${address} cannot be reached: ${reasonOf(told.message)}`, 'Start it, or correct REDIS_URL.')
  }
  const value = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(told)?.[1]
  const version = value('redis_version') ?? '?'
  const policy = value('maxmemory_policy')
  const what = `Redis ${version} at ${address}`
  if (Number.parseInt(version, 10) < OLDEST_REDIS) return fail(what, `Use Redis ${OLDEST_REDIS}.2 or newer.`)
  if (policy !== undefined && policy !== 'noeviction') {
    return fail(`${what} may evict keys (${policy}) and would lose jobs`, 'Set maxmemory-policy to noeviction.')
  }
  if (value('role') === 'slave') return fail(`${what} is a replica`, 'REDIS_URL must lead to the server that is written to.')
  if (value('aof_enabled') === '1') return ok(`${what}, ${policy ?? 'policy unknown'}, append-only file`)
  return warn(
    `${what}, ${policy ?? 'policy unknown'}, without an append-only file`,
    'Nothing is lost with it, as the plan is in PostgreSQL, but minutes: set appendonly yes.',
  )
}
