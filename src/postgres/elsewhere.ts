import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, link, lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bareEnvironment, canReach, unavailable } from './account.ts'
import type { Account } from './account.ts'

const execute = promisify(execFile)

/**
 * A temporary directory that the account can reach. /var/tmp comes first because it outlives a reboot, which the data of
 * a project under a 0700 folder (root's home, usually) has to; `short` prefers /tmp, for sockets: their path must stay
 * below 104 bytes.
 */
export async function temporaryDirectory(account: Account | undefined, { short = false } = {}): Promise<string> {
  const candidates = short ? [tmpdir(), '/tmp'].filter((path) => path.length <= 64) : ['/var/tmp', tmpdir(), '/tmp']
  for (const path of candidates) {
    if (await canReach(account, path)) return realpath(path)
  }
  throw unavailable('no temporary directory can be reached by the user that runs it')
}

/**
 * Makes a directory that only we can write, or accepts the one of an earlier start.
 * Its name can be guessed in a world-writable parent, so one that somebody else laid there is refused, never used.
 */
export async function ownDirectory(path: string, mode: number): Promise<string> {
  await mkdir(path, { mode }).catch(ignore('EEXIST'))
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw unavailable(`${path} is in its way: it must be a directory that belongs to and is writable by this user only`)
  }
  await chmod(path, mode)
  return path
}

/**
 * Where the cluster of a data directory lies when the account cannot reach the directory itself. The path follows from
 * the real path and a random mark kept inside: every start finds it again, a deleted data directory starts afresh, and a
 * copied project does not share its original's data.
 * @returns undefined when there is no mark, hence no such cluster, and `create` does not ask for one.
 */
export async function elsewhere(dataDir: string, account: Account, create: boolean): Promise<string | undefined> {
  const mark = await readMark(join(dataDir, 'elsewhere'), create)
  if (mark === undefined) return undefined
  const name = createHash('sha256').update(`${dataDir}\n${mark}`).digest('hex').slice(0, 16)
  return ownDirectory(join(await temporaryDirectory(account), `tidemark-${name}`), 0o711)
}

async function readMark(path: string, create: boolean): Promise<string | undefined> {
  if (create) {
    const draft = `${path}.${process.pid}`
    await writeFile(draft, randomBytes(16).toString('hex'), { mode: 0o600 })
    // A link appears whole or not at all, so of several racing starts one wins and the others read what it wrote.
    await link(draft, path).catch(ignore('EEXIST'))
    await rm(draft)
  }
  return readFile(path, 'utf8').catch(ignore('ENOENT'))
}

/** Copies a tree to a place where it appears complete, `finish` included, or not at all. When somebody else was first, theirs stays. */
export async function copyTree(
  from: string,
  to: string,
  finish: (draft: string) => Promise<void> = async () => {},
): Promise<void> {
  const draft = `${to}.new-${process.pid}`
  await rm(draft, { recursive: true, force: true })
  try {
    await execute('cp', ['-R', '-p', from, draft], { env: bareEnvironment })
    await finish(draft)
    await rename(draft, to).catch(ignore('ENOTEMPTY', 'EEXIST'))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** A rejection handler that takes the named error codes for an answer (undefined) and passes on every other error. */
export function ignore(...codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code && codes.includes(error.code)) return undefined
    throw error
  }
}
