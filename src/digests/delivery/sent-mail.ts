import { one, type Queryable } from '../../db.ts'
import { notFound } from '../../errors.ts'
import type { Artefacts } from '../files/artefacts.ts'
import type { Draw, Drawn } from '../files/drawings.ts'
import type { Envelope } from '../mail/envelope.ts'
import { mailOf, type Mail } from '../mail/mail.ts'
import { noticeMail } from './notice-mail.ts'
import type { Notice } from './notice.ts'

/** A mail as it was, or will be, sent to one person. */
export interface SentMail {
  mail: Mail
  pictures: Artefacts['pictures']
}

/**
 * The mail of a delivery, made again from what it was made from: its snapshot, or what it told.
 * @param envelope what it says beyond the snapshot: with the recipient's own links for himself only
 */
export async function sentMail(
  db: Queryable,
  { accountId, id, snapshotId }: { accountId: number; id: string; snapshotId: number | null },
  draw: Draw,
  envelope: (drawn: Drawn) => Promise<Envelope>,
): Promise<SentMail> {
  if (snapshotId === null) return { mail: await noticeOf(db, accountId, id), pictures: [] }
  const drawn = await draw(db, accountId, snapshotId)
  return { mail: mailOf(drawn.snapshot, drawn.artefacts, await envelope(drawn)), pictures: drawn.artefacts.pictures }
}

/** The page that the link of a digest's mail opens: the same, but that nothing is attached to a page, so its files are links. */
export function pageOf({ snapshot, artefacts }: Drawn, envelope: Envelope): string {
  const mail = mailOf(snapshot, { ...artefacts, attachments: [] }, envelope)
  return onePage({ mail, pictures: artefacts.pictures })
}

async function noticeOf(db: Queryable, accountId: number, id: string): Promise<Mail> {
  const row = await one<{ notice: Notice | null; name: string }>(
    db,
    `select d.notice, a.name from tidemark.deliveries d join accounts a on a.id = $1 where d.account_id = $1 and d.id = $2`,
    [accountId, id],
  )
  if (!row.notice) throw notFound('Nothing was made for this recipient, so there is no mail to show.')
  return noticeMail(row.notice, { account: row.name, id })
}

/** The HTML of a mail with its pictures in it, as one page that loads nothing. */
export function onePage({ mail: { html }, pictures }: SentMail): string {
  return pictures.reduce(
    (page, { cid, type, content }) => page.replaceAll(`cid:${cid}`, () => `data:${type};base64,${content.toString('base64')}`),
    html,
  )
}

/** What a browser may do with such a page: show it. No script, no request, no form, no frame around it. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
