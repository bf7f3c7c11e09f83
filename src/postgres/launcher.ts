import { chown, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '../clock.ts'
import { unavailable } from './account.ts'
import { findBinaries } from './binaries.ts'
import type { Binaries } from './binaries.ts'
import { findCluster, makeCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { temporaryDirectory } from './elsewhere.ts'
import { forgetStaleLock, readLockFile } from './lock-file.ts'
import { ask, socketUrl } from './socket.ts'
import { supervise } from './supervisor.ts'
import type { Supervised } from './supervisor.ts'

export interface PostgresOptions {
  /** Made when missing. Relative to the working directory. */
  dataDir: string
  /** False gives up durability for speed: for tests, whose data nobody misses after a crash. */
  durable?: boolean
  /** Server settings beside the launcher's own, as in postgresql.conf. */
  settings?: Record<string, string>
}

export interface EmbeddedPostgres {
  /** The connection string of one of its databases. */
  url(database: string): string
  /** True when this process started the server and takes it along when it ends. */
  owner: boolean
  /** Where the data really is; outside `dataDir` when the server's user cannot reach that. */
  data: string
  /** Stops the server when this process owns it. May be called again. */
  stop(): Promise<void>
}

/** Seconds that another process's server, or the remains of a killed one, may take to become ready or to go away. */
const patience = 60

/** Seconds that our own server may take: as long as a recovery needs, since giving up would only start it over. */
const recoveryPatience = 900

/**
 * Starts the embedded PostgreSQL on `dataDir`, or attaches to the one that another process runs there. Any number of
 * processes may call it at once: PostgreSQL's own lock decides who owns the server, the others attach.
 * When the owner ends, however it ends, the server stops, attached processes or not.
 * @throws Refusal (503) that says why it cannot run.
 */
export async function startPostgres({ dataDir, durable = true, settings = {} }: PostgresOptions): Promise<EmbeddedPostgres> {
  const elapsed = stopwatch()
  const cluster = await findCluster(dataDir)
  const binaries = await findBinaries(cluster.account)
  await makeCluster(cluster, binaries, durable)
  let failure = ''
  for (let pause = 50; elapsed() < patience && !isHopeless(failure); pause = Math.min(2 * pause, 1000)) {
    const lock = await readLockFile(cluster.data)
    const answer = lock?.socketDirectory === undefined ? 'nothing' : await ask(lock.socketDirectory)
    if (answer === 'ready') return attached(cluster, lock?.socketDirectory ?? '')
    if (answer === 'nothing') {
      await forgetStaleLock(cluster.data)
      const outcome = await launch(cluster, binaries, { ...baseSettings, ...(durable ? {} : volatileSettings), ...settings })
      if (typeof outcome !== 'string') return outcome
      failure = outcome
    }
    // Lost the race, or the last server is still shutting down, or its orphaned backends still hold the memory.
    await sleep(pause)
  }
  throw unavailable(failure || 'the server that runs there does not become ready')
}

/** Sockets only; room for BullMQ's connections (79 for eight queues) beside the pools of several processes. */
const baseSettings = { listen_addresses: '', max_connections: '200', timezone: 'UTC', log_timezone: 'UTC' }
const volatileSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** What time heals: another server holds the cluster, or the remains of one do. Everything else stays wrong. */
const isHopeless = (failure: string) => failure !== '' && !/lock file|shared memory block/.test(failure)

const attached = ({ data }: Cluster, socketDirectory: string): EmbeddedPostgres => ({
  url: (database) => socketUrl(socketDirectory, database),
  owner: false,
  data,
  stop: async () => {},
})

/** One attempt to own the server: the server, or the reason why it ended. */
async function launch(
  { data, account }: Cluster,
  { postgres }: Binaries,
  settings: Record<string, string>,
): Promise<EmbeddedPostgres | string> {
  // A fresh name each time: short enough for a socket, and nobody can have laid a trap there. mkdtemp makes it 0700.
  const run = await mkdtemp(join(await temporaryDirectory(account, { short: true }), 'tidemark-'))
  if (account) await chown(run, account.uid, account.gid)
  const log = await openLog(join(dirname(data), 'server.log'))
  const options = Object.entries({ ...settings, unix_socket_directories: run }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const server = supervise([postgres, '-D', data, ...options], { account, output: log.file.fd, scratch: run })
  try {
    if (await becomesReady(server, run)) return owned(data, run, server)
    return (await log.tail()) || `the server ended with code ${await server.exited}`
  } catch (error) {
    await rm(run, { recursive: true, force: true })
    throw unavailable(`the server could not be started: ${(error as Error).message}`)
  } finally {
    await log.file.close()
  }
}

function owned(data: string, run: string, server: Supervised): EmbeddedPostgres {
  let stopping: Promise<void> | undefined
  return { url: (database) => socketUrl(run, database), owner: true, data, stop: () => (stopping ??= server.stop()) }
}

async function becomesReady(server: Supervised, run: string): Promise<boolean> {
  const elapsed = stopwatch()
  const ended = server.exited.then(() => 'ended' as const)
  while (elapsed() < recoveryPatience) {
    const answer = await Promise.race([ended, ask(run)])
    if (answer === 'ended') return false
    if (answer === 'ready') return true
    await sleep(15)
  }
  await server.stop()
  return false
}

const maximumLogBytes = 4 * 1024 * 1024

/** The server's log beside its data, begun anew when it has grown; `tail` is what this start has written. */
async function openLog(path: string) {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0
  if (size > maximumLogBytes) await rm(path, { force: true })
  const file = await open(path, 'a+', 0o600)
  const { size: begin } = await file.stat()
  const tail = async () => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4000), 0, 4000, begin)
    return buffer.toString('utf8', 0, bytesRead).trim()
  }
  return { file, tail }
}
