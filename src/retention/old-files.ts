import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instant } from '../clock.ts'
import { many, type Queryable } from '../db.ts'

const OF_MAIL = /-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.eml$/
const IDS = 1000

/**
 * The files that an account's mails were written into, in the outbox, where they are older than `until`. Whose a file is, its
 * name tells: it ends with the id of a delivery or a test mail.
 */
export async function oldFiles(db: Queryable, accountId: number, until: Instant, outbox: string): Promise<string[]> {
  const names = await readdir(outbox).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = names.flatMap((name) => {
    const id = OF_MAIL.exec(name)?.[1]
    return id === undefined ? [] : [{ path: join(outbox, name), id }]
  })
  const old: string[] = []
  for (let at = 0; at < files.length; at += IDS) {
    const batch = files.slice(at, at + IDS)
    const rows = await many<{ id: string }>(
      db,
      `select id from tidemark.deliveries where account_id = $1 and id = any ($2::uuid[])
       union all select id from tidemark.test_mails where account_id = $1 and id = any ($2)`,
      [accountId, batch.map(({ id }) => id)],
    )
    const mine = new Set(rows.map(({ id }) => id))
    for (const { path, id } of batch) if (mine.has(id) && (await writtenBefore(path, until))) old.push(path)
  }
  return old
}

async function writtenBefore(path: string, until: Instant): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.mtimeMs < until * 1000
}

/** Deletes files; one that is gone already is no fault. Returns how many were there. */
export async function removeFiles(paths: readonly string[]): Promise<number> {
  let removed = 0
  for (const path of paths) {
    await unlink(path).then(
      () => removed++,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      },
    )
  }
  return removed
}
