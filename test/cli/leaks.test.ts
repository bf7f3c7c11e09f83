// Processes that are started and stopped leave nothing behind: no timer, not even one that would let the process end, no socket, no
// server and no listener on the process; and then the process ends by itself.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOffice } from '../http/office.ts'
import { kinds } from '../queue/backends.ts'
import type { TestDatabase } from '../support/database.ts'
import { startTidemark } from '../support/processes.ts'
import { startRedis } from '../support/redis.ts'
import type { Left } from './leaks-child.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openOffice()
})
afterAll(() => database.drop())

test.for(kinds)(
  'with the queue on %s nothing is left of a web process and workers; a timer or listener too many would be seen',
  { timeout: 240_000 },
  async (kind, { onTestFinished }) => {
    const redis = kind === 'Redis' ? await startRedis() : undefined
    const env = { REDIS_URL: redis?.url ?? '', PORT: '0', PROBE_PORT: '0', LOG_LEVEL: 'error' }
    const child = startTidemark(database.url, [], env, 'test/cli/leaks-child.ts')
    onTestFinished(async () => {
      await child.kill()
      await redis?.stop()
    })
    expect([await child.ended, child.output()]).toEqual([0, expect.stringContaining('"clean"') as string])
    const line = child
      .output()
      .split('\n')
      .find((text) => text.startsWith('{"clean"'))
    const { clean, leaking } = JSON.parse(line ?? '') as { clean: Left; leaking: Left }
    expect(clean).toEqual({ open: [], listeners: 0 })
    expect(leaking).toEqual({ open: [expect.stringContaining('leaks-child') as string], listeners: 1 })
  },
)
