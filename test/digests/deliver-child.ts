// A worker that delivers what is queued, in a process of its own, so that a test can kill it anywhere.
// Arguments: database URL, SMTP URL, now (seconds), outbox.
import { openPool } from '../../src/db.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'

const [url = '', smtpUrl = '', now = '0', outbox = ''] = process.argv.slice(2)
const pool = openPool(url)
process.stdout.write('ready\n')
await deliverQueued(pool, Number(now), { route: { smtpUrl, from: 'Tidemark <reports@desk.example>', outbox } })
await pool.end()
