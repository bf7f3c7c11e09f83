import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** The project's root folder. */
export const root = join(import.meta.dirname, '../..')

export interface Source {
  /** From the root, with slashes: src/reports/report.ts. */
  path: string
  text: string
  /** The text without comments, in which a rule's words would be no offence. */
  code: string
  /** What it imports or re-exports: project files by path, packages by name. */
  imports: string[]
}

/** Every file under `folder` whose name ends in one of `endings`, in order of path. */
export function sourcesIn(folder: string, ...endings: string[]): Source[] {
  return listFiles(folder)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map(readSource)
}

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const code = text.replace(/(^|\s)\/\*[\s\S]*?\*\//g, '$1').replace(/(^|\s)\/\/.*$/gm, '$1')
  const named = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name)
  const imports = named.map((name) => (name.startsWith('.') ? join(dirname(path), name).replaceAll('\\', '/') : name))
  return { path, text, code, imports }
}
