import pg from 'pg'
import { z } from 'zod'
import type { Pool } from '../db.ts'
import { one } from '../db.ts'
import { errorReporter, failureOf } from '../failure.ts'
import { plainReason } from '../plain-reason.ts'
import type { App } from './app.ts'

/** Milliseconds that a probe may take: whoever asks gives up soon after. */
const PATIENCE = 2000

const report = errorReporter('a probe cannot tell whether this process is ready')

const alive = z.object({ status: z.literal('ok') })
const readiness = z
  .object({ status: z.enum(['ok', 'unready']), problems: z.array(z.string()) })
  .meta({ description: 'Whether it can, and what stands in the way.' })

/** Adds `/livez` (the process answers) and `/readyz` (it can do its work: 503 with the reasons while it cannot). */
export function addProbes(app: App, pool: Pool, ready: () => Promise<string[]>): void {
  let draining = false
  const drain = () => void (draining = true)
  // A connection that is kept would bring the next request here again; the one after this answer goes where the balancer says.
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })
  app.decorate('drain', drain)
  app.addHook('preClose', async () => drain())

  app.register(async (scope: App) => {
    const probe = { tags: ['Probes'], security: [] }
    const livez = { ...probe, summary: 'Is the process alive?', response: { 200: alive } }
    scope.get('/livez', { schema: livez, logLevel: 'warn' }, async () => ({ status: 'ok' as const }))
    const readyz = { ...probe, summary: 'Can the process do its work?', response: { 200: readiness, 503: readiness } }
    scope.get('/readyz', { schema: readyz, logLevel: 'warn' }, async (_request, reply) => {
      const problems = draining ? ['This process is shutting down.'] : await within(PATIENCE, problemsOf(pool, ready))
      const able = problems.length === 0
      return reply.code(able ? 200 : 503).send({ status: able ? 'ok' : 'unready', problems })
    })
  })
}

async function problemsOf(pool: Pool, ready: () => Promise<string[]>): Promise<string[]> {
  try {
    await one(pool, 'select 1 as reached')
    return await ready()
  } catch (error) {
    report(failureOf(error))
    return [problemOf(error)]
  }
}

/** What stands in the way, for anybody to read: no address, which the log has. */
function problemOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code = (first as { code?: string } | undefined)?.code
  const reason = plainReason(first)
  if (first instanceof pg.DatabaseError) return reason ?? `The database refuses: ${failureOf(first).message} (${code}).`
  if (reason) return `The database cannot be reached${code ? ` (${code})` : ''}.`
  return 'It cannot be told whether this process can work: the log says why.'
}

async function within(milliseconds: number, problems: Promise<string[]>): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`The database did not answer within ${milliseconds} ms.`]), milliseconds)
  })
  return Promise.race([problems, late]).finally(() => clearTimeout(timer))
}
