import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../../src/postgres/lock-file.ts'

/** Runs `work` while no other process runs work under the same lock file. A lock whose holder has died is taken over. */
export async function withLockFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  await acquire(path)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function acquire(path: string): Promise<void> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, String(process.pid))
  try {
    while (!(await claim(draft, path))) {
      const holder = Number(await readFile(path, 'utf8').catch(() => ''))
      if (holder > 0 && !isAlive(holder)) await rm(path, { force: true })
      else await sleep(200)
    }
  } finally {
    await rm(draft, { force: true })
  }
}

/** A link appears with its content or not at all, so a lock always names its holder. */
async function claim(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
