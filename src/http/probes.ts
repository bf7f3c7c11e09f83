import type { Pool } from '../db.ts'
import { one } from '../db.ts'
import type { App } from './app.ts'

/** Milliseconds that a probe may take: whoever asks gives up soon after. */
const PATIENCE = 2000

/** Adds `/livez` (the process answers) and `/readyz` (it can do its work: 503 with the reasons while it cannot). */
export function addProbes(app: App, pool: Pool, ready: () => Promise<string[]>): void {
  let draining = false
  const drain = () => void (draining = true)
  app.decorate('drain', drain)
  app.addHook('preClose', async () => drain())

  const quiet = { schema: { hide: true }, logLevel: 'warn' as const }
  app.get('/livez', quiet, () => ({ status: 'ok' }))
  app.get('/readyz', quiet, async (_request, reply) => {
    const problems = draining ? ['This process is shutting down.'] : await within(PATIENCE, problemsOf(pool, ready))
    return reply.code(problems.length > 0 ? 503 : 200).send({ status: problems.length > 0 ? 'unready' : 'ok', problems })
  })
}

async function problemsOf(pool: Pool, ready: () => Promise<string[]>): Promise<string[]> {
  try {
    await one(pool, 'select 1 as reached')
    return await ready()
  } catch {
    return ['The database cannot be reached.']
  }
}

async function within(milliseconds: number, problems: Promise<string[]>): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`The database did not answer within ${milliseconds} ms.`]), milliseconds)
  })
  return Promise.race([problems, late]).finally(() => clearTimeout(timer))
}
