import { Redis } from 'ioredis'
import { Refusal } from './errors.ts'

/** Host and port for messages; the URL itself may carry a password. */
export function redisAddress(redisUrl: string): string {
  if (!URL.canParse(redisUrl)) throw new Refusal('redis_url', 'REDIS_URL must look like redis://host:6379', { exitCode: 1 })
  const { hostname, port } = new URL(redisUrl)
  return `${hostname || 'localhost'}:${port || 6379}`
}

/** What a Redis tells of itself, as `name:value` lines. @throws what ioredis throws when it cannot be reached */
export async function redisInfo(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl, { lazyConnect: true, connectTimeout: 10_000, retryStrategy: () => null })
  redis.on('error', () => {}) // connect() rejects with the same error
  try {
    await redis.connect()
    return await redis.info()
  } finally {
    redis.disconnect()
  }
}

/**
 * Makes sure that this Redis answers and never evicts keys: under memory pressure any other policy silently drops jobs,
 * locks and heartbeats, and a job whose keys are half gone cannot even fail.
 * @throws Refusal naming the host (never the password) and what to set.
 */
export async function requireDurableRedis(redisUrl: string): Promise<void> {
  const address = redisAddress(redisUrl)
  // Managed Redis often forbids CONFIG GET; INFO says the same.
  const told = await redisInfo(redisUrl).catch((error: Error) => {
    const message = `Redis at ${address} does not answer: ${error.message}. Start it, or unset REDIS_URL to keep the queue in PostgreSQL.`
    throw new Refusal('redis_unreachable', message, { status: 503, exitCode: 1 })
  })
  const policy = /^maxmemory_policy:(\S+)/m.exec(told)?.[1]
  if (policy !== undefined && policy !== 'noeviction') {
    const message = `Redis at ${address} may evict keys (maxmemory-policy ${policy}) and would lose jobs. Set maxmemory-policy to noeviction.`
    throw new Refusal('redis_evicts', message, { status: 503, exitCode: 1 })
  }
}
