import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome } from './outcome.ts'

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** What a file is called while it is written (`.part`) or taken away (`.old`): killed in the middle, it stays under that name. */
const ASIDE = `(?:(?:\\.${UUID})?\\.part)?(?:\\.old)?`
const OF_MAIL = new RegExp(`(?:-account-(\\d{1,15}))?-(${UUID})\\.eml${ASIDE}$`)

/**
 * What a mail is called in the outbox, without its ending. It names the account, so that whose a file is can be told when the
 * row of its delivery has gone.
 */
export const mailFile = (what: string, accountId: number, id: string) => `${what}-account-${accountId}-${id}`

/** Whose mail lies in a file, by its name; undefined when it is no mail. */
export function mailIn(name: string): { accountId: number | null; id: string } | undefined {
  const [, account, id] = OF_MAIL.exec(name) ?? []
  return id === undefined ? undefined : { accountId: account === undefined ? null : Number(account), id }
}

/** Writes a mail beside its name and renames it, so that a file in the outbox is always whole, whoever else writes it as well. */
export async function writeIntoOutbox(message: Buffer, outbox: string, file: string): Promise<Outcome> {
  const path = join(outbox, `${file}.eml`)
  const part = `${path}.${randomUUID()}.part`
  await mkdir(outbox, { recursive: true, mode: 0o700 })
  await writeFile(part, message, { mode: 0o600 })
  await rename(part, path)
  return { kind: 'written', size: message.length }
}
