import { readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instant } from '../clock.ts'
import { many, one, type Queryable } from '../db.ts'
import { mailIn } from '../digests/delivery/outbox.ts'
import { DAY } from '../time/zone.ts'

const IDS = 1000

/**
 * The files that an account's mails were written into, in the outbox, where they are older than `until`. Whose a file is, its
 * name tells, whatever has become of the rows; of files that name no account (older releases wrote those) the row of the delivery
 * or test mail does, while it is there: see `nobodysFiles`.
 */
export async function oldFiles(db: Queryable, accountId: number, until: Instant, outbox: string): Promise<string[]> {
  const mails = await mailsIn(outbox)
  const unnamed = mails.filter((mail) => mail.accountId === null)
  const own = new Set<string>()
  for (let at = 0; at < unnamed.length; at += IDS) {
    const rows = await many<{ id: string }>(
      db,
      `select id from tidemark.deliveries where account_id = $1 and id = any ($2::uuid[])
       union all select id from tidemark.test_mails where account_id = $1 and id = any ($2)`,
      [accountId, unnamed.slice(at, at + IDS).map(({ id }) => id)],
    )
    for (const { id } of rows) own.add(id)
  }
  return oldOnes(
    mails.filter((mail) => (mail.accountId === null ? own.has(mail.id) : mail.accountId === accountId)),
    until,
  )
}

/**
 * The files that name no account and are older than every account keeps its own: whose they were no row may tell any more. None
 * while an account keeps them for ever. Also since when they are too young to go.
 */
export async function nobodysFiles(db: Queryable, now: Instant, outbox: string): Promise<[paths: string[], until: Instant]> {
  const { days } = await one<{ days: number | null }>(
    db,
    `select case when bool_and(s.retention ->> 'files' is not null) then max((s.retention ->> 'files')::int) end as days
     from accounts a left join tidemark.settings s on s.account_id = a.id`,
  )
  if (days === null) return [[], now]
  const unnamed = (await mailsIn(outbox)).filter(({ accountId }) => accountId === null)
  // Two more, as days begin at another time in each account.
  const until = now - (days + 2) * DAY
  return [await oldOnes(unnamed, until), until]
}

interface MailFile {
  path: string
  accountId: number | null
  id: string
}

async function mailsIn(outbox: string): Promise<MailFile[]> {
  const names = await readdir(outbox).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.flatMap((name) => {
    const mail = mailIn(name)
    return mail ? [{ path: join(outbox, name), ...mail }] : []
  })
}

async function oldOnes(mails: readonly MailFile[], until: Instant): Promise<string[]> {
  const old: string[] = []
  for (const { path } of mails) if (await isOlder(path, until)) old.push(path)
  return old
}

async function isOlder(path: string, until: Instant): Promise<boolean> {
  const found = await unlessGone(stat(path))
  return found !== undefined && found.mtimeMs < until * 1000
}

/**
 * Deletes files that are older than `until`; one that is gone already is no fault. Returns how many were there. A mail that is
 * tried again after days takes the place of its file at any moment, so each is taken aside before it is looked at for good.
 */
export async function removeFiles(paths: readonly string[], until: Instant): Promise<number> {
  let removed = 0
  for (const path of paths) {
    const aside = path.endsWith('.old') ? path : `${path}.old`
    const taken = await unlessGone(rename(path, aside).then(() => true))
    if (!taken) continue
    if (await isOlder(aside, until)) removed += (await unlessGone(unlink(aside).then(() => 1))) ?? 0
    else await unlessGone(rename(aside, path))
  }
  return removed
}

async function unlessGone<T>(done: Promise<T>): Promise<T | undefined> {
  return done.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
