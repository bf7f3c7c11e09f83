import { replyOf } from '../chatwoot/reply.ts'
import type { Side } from '../chatwoot/side.ts'
import { config } from '../config.ts'
import { openPool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { reasonOf } from '../failure.ts'
import { buildServer } from '../http/server.ts'
import { pendingMigrations } from '../migrations.ts'
import { withSession } from './session.ts'

/**
 * Works with a Tidemark that answers within this process, from the configured database, by the code that serves HTTP.
 * @throws Refusal when the tables are not up to date.
 */
export function withOwnServer(token: string, work: (tidemark: Side, signal: AbortSignal) => Promise<void>): Promise<void> {
  return withSession(async ({ pool, url, signal }) => {
    const pending = await pendingMigrations(pool).catch((error: Error) => {
      throw new Refusal('unreachable', `The database of Tidemark cannot be reached (${reasonOf(error.message)}).`, {
        exitCode: 1,
      })
    })
    if (pending.length > 0) {
      throw new Refusal(
        'behind',
        'The database has no tables of Tidemark, or old ones. Run `tidemark attach` (or `migrate`) first.',
        {
          exitCode: 1,
        },
      )
    }
    const readPool = openPool(url, { statementTimeout: config.reportTimeoutMs, applicationName: 'tidemark compare' })
    const app = buildServer({ pool, readPool, ready: async () => [], rateLimitMax: Number.MAX_SAFE_INTEGER })
    const ask = async (address: string) => {
      const { statusCode, headers, body } = await app.inject({ url: address, headers: { api_access_token: token } })
      return replyOf(statusCode, String(headers['content-type'] ?? ''), body)
    }
    try {
      await work({ name: 'Tidemark', ask }, signal)
    } finally {
      await app.close()
      await readPool.end()
    }
  })
}

/** The paths that a Tidemark serves. @throws Refusal (exit 1) when what answers is none. */
export async function servedPaths(tidemark: Side): Promise<ReadonlySet<string>> {
  const { status, body } = await tidemark.ask('/openapi.json')
  const paths = (body as { paths?: object } | null)?.paths
  if (status === 200 && paths) return new Set(Object.keys(paths))
  throw new Refusal('refused', 'What answers as Tidemark has no /openapi.json. Is the address of --against right?', {
    exitCode: 1,
  })
}
