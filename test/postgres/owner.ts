/**
 * A process that starts (or attaches to) the embedded server, for embedded.test.ts. Prints one JSON line when the
 * server is up. `stay`: lives until SIGINT, then asks the database once more, stops it and ends with code 7, as a
 * draining service would. `leave`: sets the exit code 3 and ends without stopping anything.
 */
import { openPool } from '../../src/db.ts'
import { startPostgres } from '../../src/postgres/launcher.ts'

const [dataDir = '', mode = 'stay'] = process.argv.slice(2)
const server = await startPostgres({ dataDir })
const pool = openPool(server.url('postgres'), { max: 1 })
await pool.query('select 1')

if (mode === 'leave') {
  await pool.end()
  process.exitCode = 3
} else {
  const alive = setInterval(() => {}, 60_000)
  process.once('SIGINT', () => {
    void (async () => {
      // Long enough for a server that got the signal too to be gone.
      await pool.query('select pg_sleep(0.5)')
      console.log(JSON.stringify({ drained: true }))
      await pool.end()
      await server.stop()
      clearInterval(alive)
      process.exitCode = 7
    })()
  })
}

// Last, so that a signal which follows the line finds its handler.
console.log(JSON.stringify({ owner: server.owner, url: server.url('postgres'), data: server.data }))
