import { execFile } from 'node:child_process'
import { access, constants, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Refusal } from '../errors.ts'

const execute = promisify(execFile)

/** The system user that runs the server when we are root, which PostgreSQL refuses to be. */
export interface Account {
  uid: number
  gid: number
}

/** What every child gets: no PG* variable of the caller may reach the server, and messages stay in English. */
export const bareEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/**
 * Who runs the server: ourselves (undefined) unless we are root; then the owner of the cluster that is there already,
 * so that `sudo` in a user's project leaves his files his; else `postgres`, else `nobody`. Adds no user to the system.
 * @throws Refusal when root finds neither of them.
 */
export async function chooseAccount(clusterOwner: Account | undefined): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (clusterOwner && clusterOwner.uid !== 0) return clusterOwner
  const account = (await systemUser('postgres')) ?? (await systemUser('nobody'))
  if (account) return account
  throw unavailable('root may not run PostgreSQL, and the system has neither a user "postgres" nor "nobody"')
}

async function systemUser(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execute('id', [flag, name], { env: bareEnvironment })))
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
  } catch {
    return undefined
  }
}

/** The user and group that own `path`, or undefined when it does not exist. */
export async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return { uid, gid }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** True when the account may read and traverse every one of `paths`; asked of the system, since parents count too. */
export async function canReach(account: Account | undefined, ...paths: string[]): Promise<boolean> {
  if (!account) {
    const allowed = paths.map((path) => access(path, constants.R_OK | constants.X_OK))
    return (await Promise.allSettled(allowed)).every(({ status }) => status === 'fulfilled')
  }
  const script = 'for path do test -r "$path" -a -x "$path" || exit 1; done'
  try {
    await execute('/bin/sh', ['-c', script, 'sh', ...paths], { ...account, cwd: '/', env: bareEnvironment })
    return true
  } catch (error) {
    // A number is the shell's own answer; a name means that the shell could not even be started as that user.
    const { code } = error as { code?: number | string }
    if (typeof code === 'number') return false
    throw unavailable(`root could not start a process as user id ${account.uid} (${String(code)})`)
  }
}

/** The refusal for whatever keeps the embedded server from running; it always names the way round. */
export function unavailable(reason: string): Refusal {
  const message = `The embedded PostgreSQL cannot run: ${reason}. Set DATABASE_URL to use a server of your own.`
  return new Refusal('postgres_unavailable', message, { status: 503, exitCode: 1 })
}
