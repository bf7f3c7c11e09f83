import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/server.ts', 'test/support/program.ts'],
    pool: 'forks',
    // Beside one PostgreSQL: on a small machine more than two only take each other's time limits away.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism() - 1)),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // Whatever the developer's shell points at, tests use the servers that they start.
    env: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      DATABASE_URL: '',
      REDIS_URL: '',
      SMTP_URL: '',
      TIDEMARK_CLOCK: '',
      PROBE_PORT: '0',
      METRICS_TOKEN: '',
      QUEUE_UI: '',
      SECRET_KEY: 'only for tests, and nowhere else',
    },
  },
})
