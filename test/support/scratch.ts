import { readdirSync, statfsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** Several times what the databases of a whole run take. */
const ROOM = 4 * 1024 ** 3

/**
 * Makes a folder for the data of the server of a run: in memory where there is plenty, as a copy of a template takes a tenth of the
 * processor's time there (20 ms instead of 250), else on the disk; or in TIDEMARK_SCRATCH. The server, which may run as another
 * user, can reach it.
 */
export async function scratchFolder(): Promise<string> {
  const place = process.env.TIDEMARK_SCRATCH || (hasRoom() ? MEMORY : tmpdir())
  if (place === MEMORY) await removeAbandoned()
  const folder = await mkdtemp(join(place, `tidemark-test-${process.pid}-`))
  await chmod(folder, 0o755)
  return folder
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return process.platform === 'linux' && Math.min(bavail * bsize, process.availableMemory()) > ROOM
  } catch {
    return false
  }
}

/** A run that was killed could not give its memory back. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = /^tidemark-test-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(MEMORY, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
