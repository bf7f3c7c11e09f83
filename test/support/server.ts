import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/postgres/launcher.ts'
import { scratchFolder } from './scratch.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The maintenance database of the server that the whole run shares. */
    postgresUrl: string
  }
}

/**
 * One real PostgreSQL for the whole run; every test file has databases of its own on it (see database.ts). What the code
 * under test keeps in its data directory goes to a temporary folder, never into the developer's .tidemark.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [folder, data] = [await mkdtemp(join(tmpdir(), 'tidemark-test-')), await scratchFolder()]
  // For root, whose servers run as another user.
  await chmod(folder, 0o755)
  process.env.DATA_DIR = join(folder, 'files')
  // For the pools of four files at once and the processes that they start.
  const settings = { max_connections: '220' }
  const server = await startPostgres({ dataDir: join(data, 'postgres'), durable: false, settings })
  project.provide('postgresUrl', server.url('postgres'))
  return async () => {
    await server.stop()
    for (const made of [folder, data]) await rm(made, { recursive: true, force: true })
  }
}
