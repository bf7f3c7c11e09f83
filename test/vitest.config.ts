import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/server.ts'],
    pool: 'forks',
    // Two workers beside one PostgreSQL: more of them only take each other's time limits away on a small machine.
    maxWorkers: 2,
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
