import type { AddressInfo } from 'node:net'
import type { Instant } from '../src/clock.ts'
import { openPool } from '../src/db.ts'
import { buildServer } from '../src/http/server.ts'
import { log } from '../src/log.ts'

/** Told to this process by the bench: what to serve, and its present. */
export interface Serving {
  url: string
  end: Instant
}

/*
 * A process of its own, as `tidemark serve` is one, so that who asks and who answers do not wait for each other's turn. It tells its port.
 */
process.on('message', (serving: Serving) => void serve(serving))
process.on('disconnect', () => process.exit())

async function serve({ url, end }: Serving): Promise<void> {
  // A line for each request would be measured, too.
  log.level = 'warn'
  const [pool, readPool] = [openPool(url), openPool(url)]
  const limits = { rateLimitMax: Number.MAX_SAFE_INTEGER, chatwootUi: false }
  const app = buildServer({ pool, readPool, ready: async () => [], clock: () => end, ...limits })
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send!((app.server.address() as AddressInfo).port)
}
