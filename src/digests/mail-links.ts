import type { Instant } from '../clock.ts'
import { config } from '../config.ts'
import type { Queryable } from '../db.ts'
import { dateAt, unitStart } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import type { Artefacts } from './artefacts.ts'
import type { Drawn } from './drawings.ts'
import { linkOf, linkUrl, type Link } from './links.ts'

/** Where the recipient can go from the mail; all are signed or public addresses of this service. */
export interface Links {
  view: string
  files: { name: string; size: number; url: string }[]
  /** The last local date on which `view` and `files` open. */
  expiresOn: string
  definitions: string
}

/**
 * Where the recipient of a delivery can go from his mail. The first call makes his link, which opens until the end of a local
 * day of the digest; later ones give the same, so that every attempt to send the mail makes the same mail.
 */
export async function linksOf(
  db: Queryable,
  { accountId, id }: { accountId: number; id: string },
  drawn: Drawn,
  now: Instant,
): Promise<Links> {
  const zone = await zoneNamed(db, drawn.snapshot.zone)
  const expiresAt = unitStart(zone, now, 'day', config.linkDays + 1)
  return linksTo(await linkOf(db, accountId, id, expiresAt, now), zone, drawn.artefacts)
}

/** What a link gives: the page, and every file of the snapshot, also those that were attached. */
export function linksTo(link: Link, zone: Zone, { attachments, linked }: Artefacts): Links {
  const view = linkUrl(link)
  const files = [...attachments.map(({ name, content }) => ({ name, size: content.length })), ...linked]
  return {
    view,
    files: files.map((file) => ({ ...file, url: `${view}/files/${encodeURIComponent(file.name)}` })),
    expiresOn: dateAt(zone, link.expiresAt - 1),
    definitions: `${config.publicUrl.replace(/\/$/, '')}/docs#metrics`,
  }
}
