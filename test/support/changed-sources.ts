import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.ts'

/** A change to a source file: what stands there, and what is to stand there instead. */
export interface Change {
  path: string
  from: string
  to: string
}

/**
 * The sources with some changes, as another release would have them: its modules know nothing of those of this one, as two
 * processes do not.
 * @throws Error when a text that is to be changed is not there
 */
export function changedSources(changes: readonly Change[]): { load<M>(path: string): Promise<M>; remove(): void } {
  mkdirSync(join(root, '.tidemark'), { recursive: true })
  const folder = mkdtempSync(join(root, '.tidemark/changed-'))
  for (const part of ['src', 'migrations', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  for (const { path, from, to } of changes) {
    const text = readFileSync(join(folder, path), 'utf8')
    if (!text.includes(from)) throw new Error(`${path} does not say ${from}`)
    writeFileSync(join(folder, path), text.replace(from, to))
  }
  return {
    load: <M>(path: string) => import(join(folder, path)) as Promise<M>,
    remove: () => rmSync(folder, { recursive: true }),
  }
}
