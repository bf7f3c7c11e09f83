import type { Socket } from 'node:net'
import pg from 'pg'
import { stopwatch } from './clock.ts'
import { log } from './log.ts'

/*
 * A connection can die without a word: a cable, a firewall, a server whose address has moved. Whoever has a statement under way on
 * it waits for ever, and while the server does not know either, what the transaction has locked stays locked. A limit on how
 * long a statement may take would find that, and end every statement that is only slow. So when nothing has been said on a
 * connection for a while the server is asked over another one: whether it works on the statement, or waits for us too.
 */

/** Seconds without a byte, amid a statement, after which the server is asked. */
const SILENCE = 10
/** Seconds between two looks. It takes two to end a connection: an answer may be on its way at the first. */
const INTERVAL = 5
/** Milliseconds that opening a connection, and asking, may take. */
const PATIENCE = 10_000

/** What pg keeps about a connection and does not publish. */
interface Internals {
  connection: { stream: Socket }
  /** False while a statement is under way. */
  readyForQuery: boolean
}

/** A process of the server: another one may get its number, but was not started at the same microsecond. */
interface Backend {
  pid: number
  started: string
}

interface Watched {
  client: pg.ClientBase & Internals
  /** The server's process; unknown until it has told. Not the one named at the start, which a pooler in between makes up. */
  backend: Backend | undefined
  /** Bytes said either way when last looked. */
  said: number
  quiet: () => number
  /** The server waited for us, or knew nothing of us, at the last look. */
  suspected: boolean
}

/** A client that gives up when the server does not answer its greeting, which a full pool must not: there it is only a queue. */
export class GreetingClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: config?.connectionTimeoutMillis || PATIENCE })
  }
}

/**
 * Ends connections of a pool that have died without a word, within half a minute, on both sides: the statement under way fails,
 * and the server lets go of what its transaction held.
 * @returns to be called with each new connection; the pool waits for what it returns, which pg's types call void
 */
export function watchConnections(url: string): (client: pg.ClientBase) => unknown {
  const watched = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined
  let looking = false
  const look = async () => {
    if (looking) return
    looking = true
    await lookAt(url, watched).catch((error: Error) =>
      log.debug({ reason: error.message }, 'cannot ask about silent connections'),
    )
    looking = false
  }
  return async (client: pg.ClientBase) => {
    const one: Watched = {
      client: client as Watched['client'],
      backend: undefined,
      said: 0,
      quiet: stopwatch(),
      suspected: false,
    }
    watched.add(one)
    timer ??= setInterval(() => void look(), INTERVAL * 1000).unref()
    client.once('end', () => {
      watched.delete(one)
      if (watched.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
    one.backend = (await client.query<Backend>(self)).rows[0]
  }
}

/** Whether nothing has been said for a while amid a statement. */
function isSilent(one: Watched): boolean {
  const { stream } = one.client.connection
  const said = stream.bytesRead + stream.bytesWritten
  if (one.client.readyForQuery || said !== one.said) Object.assign(one, { said, quiet: stopwatch(), suspected: false })
  return one.quiet() >= SILENCE
}

async function lookAt(url: string, watched: ReadonlySet<Watched>): Promise<void> {
  const silent = [...watched].filter(isSilent)
  if (silent.length === 0) return
  const asking = new GreetingClient({ connectionString: url, query_timeout: PATIENCE, application_name: 'tidemark watch' })
  asking.on('error', () => {})
  try {
    await asking.connect()
    const working = await pidsOf(asking, atWork, silent)
    // What was said while we asked was said.
    const waiting = silent.filter((one) => isSilent(one) && !working.has(one.backend?.pid))
    const dead = waiting.filter(({ suspected }) => suspected)
    for (const one of silent) one.suspected = waiting.includes(one)
    if (dead.length === 0) return
    for (const { client } of dead) client.connection.stream.destroy()
    const ended = await pidsOf(asking, ending, dead)
    log.warn({ connections: dead.length, ended: ended.size }, 'connections to PostgreSQL had died without a word')
  } finally {
    void asking.end().catch(() => {})
  }
}

/** Backends that work on what they were told: neither idle nor waiting to read or write. Where activity is not tracked, all. */
const atWork = `select pid from pg_stat_activity
  where (pid, extract(epoch from backend_start)) in (select * from unnest($1::int[], $2::numeric[]))
    and (state = 'active' and wait_event_type is distinct from 'Client' or state = 'disabled' or state is null)`

// Ended where it is selected: as a condition it might be asked of every process before the other condition is.
const ending = `select pid, pg_terminate_backend(pid) from pg_stat_activity
  where (pid, extract(epoch from backend_start)) in (select * from unnest($1::int[], $2::numeric[]))`

const self = `select pid, extract(epoch from backend_start)::text as started from pg_stat_activity where pid = pg_backend_pid()`

async function pidsOf(asking: pg.Client, statement: string, connections: readonly Watched[]) {
  const backends = connections.flatMap(({ backend }) => backend ?? [])
  const values = [backends.map(({ pid }) => pid), backends.map(({ started }) => started)]
  const { rows } = await asking.query<{ pid: number | undefined }>(statement, values)
  return new Set(rows.map((row) => row.pid))
}
