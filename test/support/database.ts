import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { maybeOne, openPool, run } from '../../src/db.ts'
import type { Client, Pool } from '../../src/db.ts'
import { changeAsLater } from './newer.ts'

export interface TestDatabase {
  url: string
  pool: Pool
  /**
   * Removes the database with every connection to it.
   * @throws Error when the test left a client of `pool` checked out: that is a leak in the code under test, or in the test.
   */
  drop(): Promise<void>
}

/** Makes a database for one test file: empty, or a copy of a template (about 50 ms). */
export async function createDatabase({ template }: { template?: string } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await onServer((client) => run(client, `create database ${name}${template ? ` template ${template} strategy file_copy` : ''}`))
  const url = databaseUrl(name)
  const pool = openPool(url)
  const drop = async () => {
    // What a test has seen finish may still be on its way back into the pool.
    for (let i = 0; i < 40 && pool.totalCount > pool.idleCount; i++) await sleep(50)
    const leaked = pool.totalCount - pool.idleCount
    // Ending the pool would wait for a leaked client for ever, so then the server cuts the connections first.
    if (leaked === 0) await pool.end()
    await onServer((client) => run(client, `drop database if exists ${name} with (force)`))
    if (leaked > 0) throw new Error(`${leaked} database client(s) were not released`)
  }
  return { url, pool, drop }
}

/**
 * Makes a template database once per run, whichever of the parallel test files asks first; the others wait for it. With
 * TIDEMARK_TABLES=newer its tables are those of a later release, so that the suite says whether this one works on them.
 * @param fill gets its URL and must have closed its connections when it returns.
 * @returns the name for `createDatabase({ template })`.
 */
export async function templateDatabase(name: string, fill: (url: string) => Promise<void>): Promise<string> {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name)) throw new Error(`not a template name: ${name}`)
  const template = `template_${name}`
  await onServer(async (client) => {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [template])
    if (await maybeOne(client, 'select 1 from pg_database where datname = $1 and datistemplate', [template])) return
    // Left by a fill that failed in another file: that file has reported it, this one tries anew.
    await run(client, `drop database if exists ${template} with (force)`)
    await run(client, `create database ${template}`)
    await fill(databaseUrl(template))
    if (process.env.TIDEMARK_TABLES === 'newer') await onDatabase(databaseUrl(template), changeAsLater)
    await run(client, `alter database ${template} with is_template true allow_connections false`)
  })
  return template
}

/** Work on one connection to the maintenance database; its advisory locks end with the connection. */
const onServer = (work: (client: Client) => Promise<unknown>) => onDatabase(serverUrl(), work)

async function onDatabase(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const pool = openPool(url, { max: 1, applicationName: 'tidemark-test' })
  try {
    const client = await pool.connect()
    await work(client).finally(() => client.release())
  } finally {
    await pool.end()
  }
}

function serverUrl(): string {
  // Undefined when vitest runs without our configuration, whatever the type says.
  const url: string | undefined = inject('postgresUrl')
  if (url === undefined)
    throw new Error('no test server: run `npm test -- <file>` or `npx vitest run --config test/vitest.config.ts <file>`')
  return url
}

function databaseUrl(name: string): string {
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  return url.href
}
