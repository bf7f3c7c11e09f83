import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { from as copyFrom } from 'pg-copy-streams'
import { openPool } from '../../src/db.ts'
import { templateDatabase } from './database.ts'

/**
 * The name of a template database that holds a year of a real service desk in Chatwoot's tables, unattached: about 20,000
 * conversations of account 1 from March 2016 to February 2017. Made once per run, in about ten seconds.
 * @param shared the reference folder (see shared.ts)
 */
export function incidentLog(shared: string): Promise<string> {
  return templateDatabase('incident_log', (url) => fill(url, shared))
}

/** The name of a template database with Chatwoot's tables and not a row in them. */
export function emptyChatwoot(shared: string): Promise<string> {
  return templateDatabase('empty_chatwoot', async (url) => {
    const pool = openPool(url, { max: 1 })
    await pool.query(await readFile(join(shared, 'chatwoot/schema.sql'), 'utf8'))
    await pool.end()
  })
}

async function fill(url: string, shared: string): Promise<void> {
  const script = await readFile(join(shared, 'chatwoot/load-incidents.sql'), 'utf8')
  const { before, copy, after } = withoutPsql(script)
  const pool = openPool(url, { max: 1 })
  const client = await pool.connect()
  try {
    await client.query(await readFile(join(shared, 'chatwoot/schema.sql'), 'utf8'))
    await client.query(before)
    const log = createReadStream(join(shared, 'data/incident_event_log.csv.gz'))
    await pipeline(log, createGunzip(), client.query(copyFrom(copy)))
    await client.query(after)
  } finally {
    client.release()
    await pool.end()
  }
}

/** What psql would do with its own commands, for a machine without it: one `\copy` from standard input, and `\g`. */
function withoutPsql(script: string): { before: string; copy: string; after: string } {
  const command = /^\\copy (.*) FROM pstdin (.*)$/m.exec(script)
  if (!command) throw new Error('load-incidents.sql has no \\copy … FROM pstdin line')
  const [line, table, options] = command as unknown as [string, string, string]
  const rest = script.slice(command.index + line.length)
  return {
    before: script.slice(0, command.index),
    copy: `copy ${table} from stdin ${options}`,
    after: rest.replaceAll(/ *\\g \/dev\/null/g, ';'),
  }
}
