import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { config } from './config.ts'

let known: string | undefined

/** The key that links are signed with: the configured one, else the one that is kept in the data directory. */
export function secretKey(): string {
  known ??= config.secretKey ?? keptKey(config.dataDir)
  return known
}

/** The key in a directory, made at the first call: the same for every process that shares the directory, also of racing ones. */
export function keptKey(directory: string): string {
  const path = join(directory, 'secret_key')
  const before = read(path)
  if (before !== undefined) return before
  mkdirSync(directory, { recursive: true })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' })
  try {
    // A link appears whole or not at all, so of several racing processes one wins and the others read what it wrote.
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  const made = read(path)
  if (made === undefined) throw new Error(`${path} vanished while it was made.`)
  return made
}

/** @throws Error for a file that is too short to be a key: somebody edited it, and guessing another would kill all links */
function read(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (text.length >= 32) return text
  throw new Error(`${path} holds no key of at least 32 characters. Restore it, or delete it: then links sent before are dead.`)
}
