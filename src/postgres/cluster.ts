import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile, readdir, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { bareEnvironment, canReach, chooseAccount, ownerOf, unavailable } from './account.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { copyTree, elsewhere, ignore } from './elsewhere.ts'
import { isAlive, readLockFile } from './lock-file.ts'

const execute = promisify(execFile)

/** A cluster (PostgreSQL's word for a directory of databases) and who runs its server. */
export interface Cluster {
  /** PGDATA: exists only when complete. */
  data: string
  account: Account | undefined
}

/**
 * Where the cluster of `dataDir` is or will be: inside it, or elsewhere when the account cannot reach it (a parent
 * of mode 0700). A cluster follows when the reach has changed since the last start, unless its server still runs.
 */
export async function findCluster(dataDir: string): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true })
  const home = await realpath(dataDir)
  const inside = join(home, 'data')
  const account = await chooseAccount(await ownerOf(inside))
  if (!account) return { data: inside, account }
  await chmod(home, 0o755)
  const reached = await canReach(account, home)
  const outer = await elsewhere(home, account, !reached)
  if (outer === undefined) return { data: inside, account }
  const outside = join(outer, 'data')
  const owner = await chooseAccount((await ownerOf(inside)) ?? (await ownerOf(outside)))
  const [wanted, other] = reached ? [inside, outside] : [outside, inside]
  return { data: await settle(wanted, other), account: owner }
}

async function settle(wanted: string, other: string): Promise<string> {
  if ((await ownerOf(wanted)) || !(await ownerOf(other))) return wanted
  const lock = await readLockFile(other)
  if (lock && isAlive(lock.pid)) return other
  // Of several racing starts one moves it; the others, whose copy may lack what the first has removed, find it moved.
  await copyTree(other, wanted).catch(async (error: unknown) => {
    if (!(await ownerOf(wanted))) throw error
  })
  const leftover = `${other}.moved-${process.pid}`
  await rename(other, leftover).catch(ignore('ENOENT'))
  await rm(leftover, { recursive: true, force: true })
  return wanted
}

/**
 * Makes the cluster unless it is there. Text sorts by code point on every machine alike (`builtin` C.UTF-8), the socket
 * is trusted, and TCP connections would be rejected even if somebody opened a port.
 * @throws Refusal when the cluster that is there was made by another major version, or belongs to another user.
 */
export async function makeCluster({ data, account }: Cluster, { initdb, major }: Binaries, durable: boolean): Promise<void> {
  if (await ownerOf(data)) return checkVersion(data, major)
  await removeDrafts(data)
  const draft = `${data}.new-${process.pid}`
  await mkdir(draft, { mode: 0o700 })
  if (account) await chown(draft, account.uid, account.gid)
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const access = ['--username=postgres', '--auth-local=trust', '--auth-host=reject']
  const options = [...locale, ...access, '--no-instructions', ...(durable ? [] : ['--no-sync'])]
  try {
    await execute(initdb, [`--pgdata=${draft}`, ...options], { ...account, cwd: '/', env: bareEnvironment })
    // The rename is the lock: of several racing starts one puts its cluster in place, the others throw theirs away.
    await rename(draft, data).catch(ignore('ENOTEMPTY', 'EEXIST'))
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    throw unavailable(`initdb failed: ${(stderr || message).trim()}`)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function checkVersion(data: string, major: string): Promise<void> {
  const found = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw unavailable(`${data} belongs to another user`)
    throw error
  })
  if (found.trim() === major) return
  throw unavailable(
    `${data} was made by PostgreSQL ${found.trim()}, and this is ${major}: restore a dump, or delete it to start afresh`,
  )
}

/** Half-made clusters of starts that were killed. */
async function removeDrafts(data: string): Promise<void> {
  for (const name of await readdir(dirname(data))) {
    const [whole, pid] = name.split('.new-')
    if (whole === basename(data) && pid && !isAlive(Number(pid)))
      await rm(join(dirname(data), name), { recursive: true, force: true })
  }
}
