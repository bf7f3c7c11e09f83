import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const announced = new Set<string>()

/**
 * The folder with reference material (a Chatwoot schema, recorded answers, an incident log) that some tests compare
 * with: `shared` beside the project, or `TIDEMARK_SHARED`. Undefined when it is not there, which is no failure.
 */
export function sharedFolder(): string | undefined {
  const folder = resolve(process.env.TIDEMARK_SHARED ?? resolve(import.meta.dirname, '../../../shared'))
  return existsSync(folder) ? folder : undefined
}

/** Says once, loudly, what is left out because the reference folder is missing, and how to get it. */
export function announceMissing(what: string): void {
  warnOnce(`LEFT OUT: ${what}. It needs the reference folder: put it beside the project as ../shared, or set TIDEMARK_SHARED.`)
}

/** Prints a warning that nobody overlooks, once per test file. */
export function warnOnce(text: string): void {
  if (announced.has(text)) return
  announced.add(text)
  console.warn(`\n!!! ${text}\n`)
}
