// The promise: who tries again all jobs that were given up, while others retry and remove some of them, is told how many he has
// retried, and every one that was left is. On both stores.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import { Refusal } from '../../src/errors.ts'
import { migrate } from '../../src/migrate.ts'
import { openQueues, type Queues } from '../../src/queue.ts'
import { kinds } from '../queue/backends.ts'
import { giveUp } from '../queue/given-up.ts'
import { tidemark } from '../support/command.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { whileLocked } from '../support/locked-tables.ts'
import { somebodyWaits } from '../support/recompute.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

describe.each(kinds)('on %s', (store) => {
  let database: TestDatabase
  let redis: TestRedis | undefined
  let queues: Queues
  beforeAll(async () => {
    database = await createDatabase()
    await migrate(database.url)
    redis = store === 'Redis' ? await startRedis() : undefined
    const place = { pool: database.pool, url: database.url, redisUrl: redis?.url }
    queues = await openQueues(place)
    await giveUp(queues, place, [1, 2, 3, 4, 5])
  })
  afterAll(async () => {
    await queues?.close()
    await redis?.stop()
    await database?.drop()
  })

  const retriedBy = async (kind: string) =>
    (
      await many<{ job: string }>(
        database.pool,
        `select after ->> 'job_id' as job from tidemark.audit_log where action = 'queue.retry' and actor_kind = $1 order by id`,
        [kind],
      )
    ).map(({ job }) => job)

  test('of many who retry a job at once one does, and the others are told that it has not failed', async () => {
    const [first] = await queues.failures()
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => queues.retry('rollups', first!.jobId)))
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    expect(refused).toHaveLength(7)
    for (const error of refused) expect(error).toBeInstanceOf(Refusal)
    expect((await queues.depths()).rollups).toMatchObject({ waiting: 1, failed: 4 })
  })

  test('all are tried again but those that somebody else has retried since they were listed', { timeout: 120_000 }, async () => {
    const listed = (await queues.failures()).map(({ jobId }) => jobId)
    const env = { DATABASE_URL: database.url, REDIS_URL: redis?.url ?? '' }
    // The command has listed them, and waits with the first for the audit log.
    const command = await whileLocked(database.pool, ['tidemark.audit_log'], async () => {
      const running = tidemark(['--json', 'queue', 'retry', '--all', '--reason', 'mended'], env)
      await somebodyWaits(database.pool, 60_000)
      for (const id of [listed[0]!, listed[2]!]) await queues.retry('rollups', id)
      return { ended: running }
    })
    const { code, stdout, stderr } = await command.ended
    expect([code, stderr]).toEqual([0, ''])
    const of = (ids: (string | undefined)[]) => ids.map((id) => ({ queue: 'rollups', job_id: id }))
    expect(JSON.parse(stdout)).toEqual({ retried: of([listed[1], listed[3]]), passed_over: of([listed[0], listed[2]]) })
    expect(await retriedBy('command')).toEqual([listed[1], listed[3]])
    expect((await queues.depths()).rollups).toMatchObject({ waiting: 5, failed: 0 })

    const [nothing, one] = await Promise.all([
      tidemark(['queue', 'retry', '--all'], env),
      tidemark(['queue', 'retry', '--queue', 'rollups', '--job', listed[0]!], env),
    ])
    expect([nothing.code, nothing.stdout]).toEqual([0, '0 jobs are tried again.\n'])
    expect([one.code, one.stderr]).toEqual([2, expect.stringContaining(`no failed job ${listed[0]}`)])
  })
})
