import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import { openQueues } from '../../src/queue.ts'
import { startWorker } from '../../src/worker.ts'
import { kinds, openBackend, type TestBackend } from './backends.ts'

describe.runIf(kinds.includes('Redis'))('a Redis that jobs would be lost in', () => {
  let backend: TestBackend
  let redis: Redis

  beforeAll(async () => {
    backend = await openBackend('Redis')
    redis = new Redis(backend.redisUrl ?? '')
  })
  afterAll(async () => {
    redis.disconnect()
    await backend.drop()
  })

  test.each(['allkeys-lru', 'volatile-lru', 'allkeys-random', 'volatile-ttl'])(
    'with the policy %s it is refused',
    async (policy) => {
      await redis.config('SET', 'maxmemory-policy', policy)
      const refusal = await startWorker({ ...backend, jobs: [] }).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(Refusal)
      expect((refusal as Refusal).message).toMatch(
        new RegExp(
          `^Redis at 127.0.0.1:\\d+ may evict keys \\(maxmemory-policy ${policy}\\).*Set maxmemory-policy to noeviction\\.$`,
        ),
      )
    },
  )

  test('with noeviction it is accepted, and every key has the hash tag that Redis Cluster needs', async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    const queues = await openQueues(backend)
    await queues.close()
    const keys = await redis.keys('*')
    expect(keys).not.toEqual([])
    expect(keys.filter((key) => !key.startsWith('{tidemark}:'))).toEqual([])
  })

  test('one that does not answer is named, without its password', async () => {
    const opening = openQueues({ ...backend, redisUrl: 'redis://user:secret@127.0.0.1:1' })
    await expect(opening).rejects.toThrow(/^Redis at 127\.0\.0\.1:1 does not answer: .*unset REDIS_URL/)
    await expect(opening).rejects.not.toThrow('secret')
  })

  test('something that is no URL is refused without repeating it', async () => {
    await expect(openQueues({ ...backend, redisUrl: 'secret' })).rejects.toThrow(/^REDIS_URL must look like redis:\/\/host:6379$/)
  })
})
