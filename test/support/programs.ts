import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { withLockFile } from './lock.ts'
import { warnOnce } from './shared.ts'

const execute = promisify(execFile)

/** The programs that tests start, beside what npm installs: the names they go by, and their Debian package. */
const programs = {
  'redis-server': { names: ['redis-server', 'valkey-server'], package: 'redis-server' },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
} as const

export type Program = keyof typeof programs

/**
 * The path of a program that tests need. Installed when it is missing and we are root on Debian; otherwise undefined,
 * after saying what is left out and how to install it.
 * @throws Error when it is missing and CI=true: there nothing is left out.
 */
export async function requireProgram(program: Program): Promise<string | undefined> {
  const { names, package: name } = programs[program]
  const present = findProgram(names)
  if (present) return present
  const reason = mayInstall() ? await install(program, name) : 'it is not installed'
  const path = findProgram(names)
  if (path) return path
  const message = `the tests that need ${program}: ${reason}. Install it: apt-get install ${name} (Debian), or put it on the PATH`
  if (process.env.CI === 'true') throw new Error(`Missing under CI: ${message}`)
  warnOnce(`LEFT OUT: ${message}.`)
  return undefined
}

/** The path of the first of these programs that is there. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const mayInstall = () => process.getuid?.() === 0 && existsSync('/etc/debian_version')

/** Installs a Debian package, one test worker at a time: apt's own locks fail at once instead of waiting. */
async function install(program: Program, name: string): Promise<string> {
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 600_000, maxBuffer: 64 * 1024 * 1024 }
  return withLockFile(join(tmpdir(), 'tidemark-apt.lock'), async () => {
    if (findProgram(programs[program].names)) return ''
    try {
      await execute('apt-get', ['update', '-q'], options)
      await execute('apt-get', ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', name], options)
      return 'it is still not on the PATH'
    } catch (error) {
      return `apt-get failed (${(error as Error).message.trim().slice(0, 500)})`
    }
  })
}
