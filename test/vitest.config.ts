import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const folder = fileURLToPath(new URL('.', import.meta.url))
/** Files that settle the environment, which the program reads as it is loaded: a process for each. */
const ownEnvironment = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && readFileSync(join(folder, file), 'utf8').includes('vi.hoisted('))
  .map((file) => `test/${file}`)

/** What both projects go by. They do not extend the whole: lists are added up then, and each would start servers of its own. */
const shared = {
  root: fileURLToPath(new URL('..', import.meta.url)),
  pool: 'forks',
  // Beside one PostgreSQL. Many tests wait for processes and clocks, so that three left a fifth of two cores idle.
  maxWorkers: 4,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Whatever the developer's shell points at, tests use the servers that they start.
  env: {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATABASE_URL: '',
    REDIS_URL: '',
    SMTP_URL: '',
    TIDEMARK_CLOCK: '',
    PROBE_PORT: '0',
    DRAIN_SECONDS: '0',
    METRICS_TOKEN: '',
    QUEUE_UI: '',
    SECRET_KEY: 'only for tests, and nowhere else',
  },
} satisfies TestProjectInlineConfiguration['test']

export default defineConfig({
  test: {
    root: shared.root,
    // The servers and the compiled program are those of the whole run.
    globalSetup: ['test/support/server.ts', 'test/support/program.ts'],
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          ...shared,
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: ownEnvironment,
          // One after the other in a process that loads the program once: loading it was a tenth of the whole run.
          isolate: false,
          setupFiles: ['test/support/between-files.ts'],
        },
      },
      { test: { ...shared, name: 'own environment', include: ownEnvironment } },
    ],
  },
})
