import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, one, openPool } from '../../src/db.ts'
import { readLockFile } from '../../src/postgres/lock-file.ts'
import { startPostgres } from '../../src/postgres/launcher.ts'
import { programArguments } from '../support/program.ts'
import { scratchFolder } from '../support/scratch.ts'

const isRoot = process.getuid?.() === 0
const children: ChildProcess[] = []
let folder: string

beforeAll(async () => void (folder = await scratchFolder()))
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

interface Started {
  owner: boolean
  url: string
  data: string
}

/** Runs owner.ts in a process group of its own and waits until its server is up. */
async function startProcess(dataDir: string, mode = 'stay') {
  const child = spawn(process.execPath, [...programArguments('test/postgres/owner.ts'), dataDir, mode], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async <T>() => JSON.parse(String((await lines.next()).value)) as T
  return { child, exited, nextLine, ...(await nextLine<Started>()) }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const pool = openPool(url, { max: 1 })
  try {
    return await many(pool, text)
  } finally {
    await pool.end()
  }
}

/** The commands of living processes that work on this cluster: server, supervisor and watcher. */
async function processesOn(data: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return commands.map((command) => command.replaceAll('\0', ' ')).filter((command) => command.includes(data))
}

async function expectNoProcess(data: string): Promise<void> {
  if (process.platform !== 'linux') return
  for (let wait = 0; wait < 200 && (await processesOn(data)).length > 0; wait++) await sleep(25)
  expect(await processesOn(data)).toEqual([])
}

test('a first start makes a cluster, a warm start keeps it, and stop may be called again', async () => {
  const dataDir = join(folder, 'warm')
  const first = await startPostgres({ dataDir, settings: { work_mem: '7MB' } })
  expect(first.owner).toBe(true)
  await query(first.url('postgres'), 'create table kept as select 1 as x')
  const socket = String(new URL(first.url('postgres')).searchParams.get('host'))
  expect((await stat(socket)).mode & 0o777).toBe(0o700)
  await Promise.all([first.stop(), first.stop()])
  await first.stop()
  await expectNoProcess(first.data)
  await expect(stat(socket)).rejects.toThrow('ENOENT')

  const second = await startPostgres({ dataDir, settings: { work_mem: '7MB' } })
  expect(await query(second.url('postgres'), 'select x from kept')).toEqual([{ x: 1 }])
  await second.stop()
})

test('it listens on no port, sorts alike everywhere, and is durable unless told otherwise', async () => {
  const settings = `select current_setting('listen_addresses') as addresses, current_setting('max_connections') as connections,
    current_setting('fsync') as fsync, datlocprovider as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding
    from pg_database where datname = 'postgres'`
  const common = { addresses: '', connections: '200', provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8' }
  for (const durable of [true, false]) {
    const server = await startPostgres({ dataDir: join(folder, 'settings'), durable })
    expect(await query(server.url('postgres'), settings)).toEqual([{ ...common, fsync: durable ? 'on' : 'off' }])
    await server.stop()
  }
})

test('a second process attaches to the running server and leaves it running', async () => {
  const owner = await startProcess(join(folder, 'attach'))
  const second = await startPostgres({ dataDir: join(folder, 'attach') })
  expect([owner.owner, second.owner]).toEqual([true, false])
  await query(owner.url, 'create table seen as select 1 as x')
  expect(await query(second.url('postgres'), 'select x from seen')).toEqual([{ x: 1 }])
  await second.stop()
  expect(await query(owner.url, 'select x from seen')).toEqual([{ x: 1 }])
})

test('of three processes that race on an empty directory one owns the server and all can use it', async () => {
  const racers = await Promise.all([1, 2, 3].map(() => startProcess(join(folder, 'race'))))
  expect(racers.filter(({ owner }) => owner)).toHaveLength(1)
  expect(new Set(racers.map(({ url }) => url)).size).toBe(1)
  expect(await readdir(join(folder, 'race'))).toEqual(['data', 'server.log'])
})

test('kill -9 of the owner leaves no orphan, and the next start has the data', async () => {
  const owner = await startProcess(join(folder, 'killed'))
  await query(owner.url, 'create table kept as select generate_series(1, 1000) as x')
  owner.child.kill('SIGKILL')
  await expectNoProcess(owner.data)
  const next = await startPostgres({ dataDir: join(folder, 'killed') })
  expect(next.owner).toBe(true)
  expect(await query(next.url('postgres'), 'select count(*) from kept')).toEqual([{ count: 1000 }])
  await next.stop()
})

test('a start right after kill -9 waits for the last server to go', async () => {
  const owner = await startProcess(join(folder, 'hasty'))
  owner.child.kill('SIGKILL')
  await owner.exited
  const next = await startPostgres({ dataDir: join(folder, 'hasty') })
  expect(await query(next.url('postgres'), 'select 1 as x')).toEqual([{ x: 1 }])
  await next.stop()
})

test('after kill -9 of the server itself the next start recovers what was committed', async () => {
  const dataDir = join(folder, 'crash')
  const crashed = await startPostgres({ dataDir })
  const pool = openPool(crashed.url('postgres'), { max: 1 })
  await pool.query('create table kept as select generate_series(1, 1000) as x')
  process.kill((await readLockFile(crashed.data))?.pid ?? 0, 'SIGKILL')
  const next = await startPostgres({ dataDir })
  expect(next.owner).toBe(true)
  expect(await query(next.url('postgres'), 'select count(*) from kept')).toEqual([{ count: 1000 }])
  await Promise.all([pool.end(), crashed.stop(), next.stop()])
})

test('Ctrl-C, which signals the whole process group, leaves the database up until we stop it', async () => {
  const owner = await startProcess(join(folder, 'drain'))
  process.kill(-(owner.child.pid ?? 0), 'SIGINT')
  expect(await owner.nextLine()).toEqual({ drained: true })
  expect(await owner.exited).toBe(7)
  await expectNoProcess(owner.data)
})

test('a process that ends by itself keeps its exit code and takes the server along', async () => {
  const owner = await startProcess(join(folder, 'leave'), 'leave')
  expect(await owner.exited).toBe(3)
  await expectNoProcess(owner.data)
})

test('a stale lock file whose process id something else bears now is no obstacle', async () => {
  const dataDir = join(folder, 'stale')
  const owner = await startProcess(dataDir)
  const { pid } = (await readLockFile(owner.data)) ?? { pid: 0 }
  process.kill(pid, 'SIGKILL')
  const lock = join(owner.data, 'postmaster.pid')
  await writeFile(lock, (await readFile(lock, 'utf8')).replace(/^\d+/, String(owner.child.pid)))
  const next = await startPostgres({ dataDir })
  expect(next.owner).toBe(true)
  await next.stop()
})

test.runIf(isRoot)(
  'root in a folder of mode 0700: the data lies elsewhere and is found again, and follows when the folder opens',
  async () => {
    const parent = join(folder, 'closed')
    const dataDir = join(parent, 'postgres')
    await mkdir(parent, { mode: 0o700 })
    const first = await startPostgres({ dataDir })
    expect(first.data.startsWith(folder)).toBe(false)
    expect((await stat(first.data)).uid).not.toBe(0)
    await query(first.url('postgres'), 'create table kept as select 1 as x')
    await first.stop()

    const second = await startPostgres({ dataDir })
    expect(second.data).toBe(first.data)
    expect(await query(second.url('postgres'), 'select x from kept')).toEqual([{ x: 1 }])
    await second.stop()

    await chmod(parent, 0o755)
    const third = await startPostgres({ dataDir })
    expect(third.data).toBe(join(dataDir, 'data'))
    const pool = openPool(third.url('postgres'))
    expect(await one(pool, 'select x from kept')).toEqual({ x: 1 })
    await pool.end()
    await third.stop()
    await rm(dirname(first.data), { recursive: true, force: true })
  },
)

test.runIf(isRoot)('a directory that somebody laid where the data would go is refused', async () => {
  const parent = join(folder, 'trap')
  const dataDir = join(parent, 'postgres')
  await mkdir(parent, { mode: 0o700 })
  const first = await startPostgres({ dataDir })
  await first.stop()
  await chmod(dirname(first.data), 0o777)
  await expect(startPostgres({ dataDir })).rejects.toThrow('is in its way')
  await rm(dirname(first.data), { recursive: true, force: true })
})
