import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { Refusal } from './errors.ts'
import { GreetingClient, watchConnections } from './silent-connections.ts'

/** A pool or one of its clients: whatever can run a statement. */
export type Queryable = Pick<pg.Pool, 'query'>
export type Pool = pg.Pool
export type Client = pg.PoolClient
type Row = pg.QueryResultRow

/** The type bigint[], for which pg has a parser (into texts) but no name. */
const INT8_ARRAY = 1016 as typeof pg.types.builtins.INT8
const textsIn = pg.types.getTypeParser(INT8_ARRAY) as (text: string) => string[]
const numbersIn = (text: string) => textsIn(text).map(Number)

/**
 * How PostgreSQL's types arrive: bigint as number (ids and counts stay below 2^53), date as its text (a Date would
 * shift it into the machine's zone), timestamp without zone as the UTC it holds.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === pg.types.builtins.INT8) return Number
    if (oid === INT8_ARRAY) return numbersIn
    if (oid === pg.types.builtins.NUMERIC) return Number
    if (oid === pg.types.builtins.DATE) return (text: string) => text
    if (oid === pg.types.builtins.TIMESTAMP) return (text: string) => new Date(`${text.replace(' ', 'T')}Z`)
    return pg.types.getTypeParser(oid, format) as (text: string) => unknown
  },
}

export interface PoolOptions {
  max?: number
  /** Milliseconds after which the server gives a statement up; 0 for none. */
  statementTimeout?: number
  applicationName?: string
  /** Milliseconds that opening a connection may take; 0: for ever. */
  connectTimeout?: number
}

/** The server lets go, within a minute, of whoever has vanished from the network. By itself it takes two hours. Nothing on a socket. */
export const KEEPALIVES =
  '-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=50000'

/** Opens a pool. Sessions run in UTC, so `timestamp` columns and `timestamptz` parameters mean the same instant. */
export function openPool(url: string, options: PoolOptions = {}): Pool {
  const { max = 10, statementTimeout = 0, applicationName = 'tidemark', connectTimeout = 0 } = options
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeout,
    // JIT costs more than it saves on queries of milliseconds: 80 ms to compile a report that takes 2.
    options: `-c timezone=UTC -c jit=off -c statement_timeout=${statementTimeout} ${KEEPALIVES}`,
    Client: GreetingClient,
    onConnect: watchConnections(url),
  })
  // An idle connection that breaks (server restart) must not end the process; the next query opens another.
  pool.on('error', () => {})
  // Nor must one that breaks in a transaction, between two statements; there the pool does not listen, the next statement fails.
  pool.on('connect', (client) => void client.on('error', () => {}))
  return pool
}

/** The text of a `.sql` file beside the caller. Read when the module loads, so a missing file stops the start. */
export function sql(moduleUrl: string, file: string): string {
  return readFileSync(fileURLToPath(new URL(file, moduleUrl)), 'utf8')
}

/** A statement that each connection plans once and keeps. */
export interface Prepared {
  name: string
  text: string
}

/**
 * For the few statements that every request begins with: planning takes longer than answering. The plan stays as it was made, so not
 * for tables that are empty at one moment and large at the next.
 */
export function prepared(text: string): Prepared {
  return { name: createHash('sha256').update(text).digest('hex').slice(0, 16), text }
}

type Statement = string | Prepared

const textOf = (statement: Statement) => (typeof statement === 'string' ? statement : statement.text)

export async function many<R extends Row>(db: Queryable, statement: Statement, values: unknown[] = []): Promise<R[]> {
  const { rows } = await (typeof statement === 'string' ? db.query<R>(statement, values) : db.query<R>({ ...statement, values }))
  return rows
}

export async function maybeOne<R extends Row>(
  db: Queryable,
  statement: Statement,
  values: unknown[] = [],
): Promise<R | undefined> {
  const rows = await many<R>(db, statement, values)
  if (rows.length > 1) throw new Error(`expected at most one row, got ${rows.length}: ${textOf(statement).slice(0, 80)}`)
  return rows[0]
}

export async function one<R extends Row>(db: Queryable, statement: Statement, values: unknown[] = []): Promise<R> {
  const row = await maybeOne<R>(db, statement, values)
  if (!row) throw new Error(`expected one row, got none: ${textOf(statement).slice(0, 80)}`)
  return row
}

/** Runs a statement for its effect and returns how many rows it touched. */
export async function run(db: Queryable, text: string, values: unknown[] = []): Promise<number> {
  return (await db.query(text, values)).rowCount ?? 0
}

export type Isolation = 'read committed' | 'repeatable read' | 'repeatable read read only'

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function transaction<T>(
  pool: Pool,
  work: (tx: Client) => Promise<T>,
  isolation: Isolation = 'read committed',
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(`begin isolation level ${isolation.replace(' read only', ', read only')}`)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => (broken = failure))
    // A prepared statement gives other columns than when it was planned, and would for as long as the connection lives.
    if (isSqlState(error, SQLSTATE.featureNotSupported)) broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

/** True when PostgreSQL refused with this SQLSTATE. */
export function isSqlState(error: unknown, ...states: string[]): boolean {
  return error instanceof pg.DatabaseError && states.includes(error.code ?? '')
}

/** True when the data is at fault (a number or a time out of range, say), so that trying again changes nothing. */
export function isFaultOfRows(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? ''))
}

export const SQLSTATE = {
  uniqueViolation: '23505',
  foreignKeyViolation: '23503',
  invalidParameter: '22023',
  statementTimeout: '57014',
  lockNotAvailable: '55P03',
  deadlock: '40P01',
  featureNotSupported: '0A000',
  serializationFailure: '40001',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
  undefinedColumn: '42703',
} as const

/** The refusal for a report whose raw rows took longer than the statement timeout. */
export const tookTooLong = () =>
  new Refusal('timeout', 'The request took too long to complete. Please try again.', { status: 422, exitCode: 1 })
