import { readFile, readlink, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ignore } from './elsewhere.ts'

/** What the server writes into `postmaster.pid`. */
export interface LockFile {
  pid: number
  /** The directory of its Unix socket; undefined during the first moments of a start. */
  socketDirectory: string | undefined
}

/** The lock file of a cluster; undefined when no server has one. After a kill it may name a server that is gone. */
export async function readLockFile(data: string): Promise<LockFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(ignore('ENOENT'))
  if (text === undefined) return undefined
  const lines = text.split('\n')
  return { pid: Number(lines[0]), socketDirectory: lines[4] || undefined }
}

/** True while a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Removes a lock file whose process id now belongs to something that is not PostgreSQL: a restarted container counts ids
 * from 1 again, and the server refuses to start beside any living process of its user that bears the id. Linux only;
 * elsewhere the server's refusal, which names the id, is passed on. Should a real server start at this very moment, its
 * shared memory still keeps a second one off the cluster.
 */
export async function forgetStaleLock(data: string): Promise<void> {
  const lock = await readLockFile(data)
  if (!lock || !isAlive(lock.pid)) return
  const program = await readlink(`/proc/${lock.pid}/exe`).catch(() => undefined)
  if (program === undefined || basename(program).startsWith('postgres')) return
  if ((await readLockFile(data))?.pid === lock.pid) await rm(join(data, 'postmaster.pid'), { force: true })
}
