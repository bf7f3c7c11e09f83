import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome } from './outcome.ts'

/** Writes a mail beside its name and renames it, so that a file in the outbox is always whole. */
export async function writeIntoOutbox(message: Buffer, outbox: string, file: string): Promise<Outcome> {
  const path = join(outbox, `${file}.eml`)
  await mkdir(outbox, { recursive: true, mode: 0o700 })
  await writeFile(`${path}.part`, message, { mode: 0o600 })
  await rename(`${path}.part`, path)
  return { kind: 'written', size: message.length }
}
