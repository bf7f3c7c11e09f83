import type { Instant } from '../../clock.ts'
import { config } from '../../config.ts'
import { one, type Queryable } from '../../db.ts'
import { dateAt, unitStart } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import { zoneNamed } from '../../time/zones.ts'
import type { Drawn } from '../files/drawings.ts'
import type { Envelope, Links } from '../mail/envelope.ts'
import { linkOf, linkUrl, madeLink, type Link } from './links.ts'
import { unsubscribeUrl } from '../audience/unsubscribe.ts'

interface DeliveryKey {
  accountId: number
  id: string
}

/**
 * What the mail of a delivery says beyond its snapshot. The first call makes the recipient's link, which opens until the end of
 * a local day of the digest; later ones give the same, so that every attempt to send the mail makes the same mail.
 */
export async function envelopeOf(db: Queryable, { accountId, id }: DeliveryKey, drawn: Drawn, now: Instant): Promise<Envelope> {
  const zone = await zoneNamed(db, drawn.snapshot.zone)
  const recipient = await recipientOf(db, { accountId, id }, zone)
  const link = await linkOf(db, accountId, id, unitStart(zone, now, 'day', config.linkDays + 1), now)
  const urls = { link: linkUrl(link), unsubscribe: unsubscribeUrl(accountId, id) }
  return { deliveryId: id, recipient, links: linksTo(link, zone, drawn, urls) }
}

/** The same for somebody else to look at, without the keys that are in the recipient's links. */
export async function envelopeShown(db: Queryable, { accountId, id }: DeliveryKey, drawn: Drawn): Promise<Envelope> {
  const zone = await zoneNamed(db, drawn.snapshot.zone)
  const envelope = { deliveryId: id, recipient: await recipientOf(db, { accountId, id }, zone) }
  const link = await madeLink(db, accountId, id)
  if (!link) return envelope
  const urls = { link: `${base()}/digests/withheld`, unsubscribe: `${base()}/unsubscribe/withheld` }
  return { ...envelope, links: linksTo(link, zone, drawn, urls) }
}

/** Who put the recipient on the list, as it was when the mail was queued. */
async function recipientOf(
  db: Queryable,
  { accountId, id }: DeliveryKey,
  zone: Zone,
): Promise<NonNullable<Envelope['recipient']>> {
  const { by, at } = await one<{ by: string | null; at: Instant | null }>(
    db,
    `select added_by as by, extract(epoch from added_at)::float8 as at from tidemark.deliveries
     where account_id = $1 and id = $2`,
    [accountId, id],
  )
  return { ...(by === null ? {} : { addedBy: by }), ...(at === null ? {} : { addedOn: dateAt(zone, at) }) }
}

const base = () => config.publicUrl.replace(/\/$/, '')

/** A link gives the page and every file of the snapshot, also those that are attached. */
function linksTo(
  { expiresAt }: Link,
  zone: Zone,
  { artefacts: { attachments, linked } }: Drawn,
  urls: { link: string; unsubscribe: string },
): Links {
  const files = [...attachments.map(({ name, content }) => ({ name, size: content.length })), ...linked]
  return {
    view: urls.link,
    files: files.map((file) => ({ ...file, url: `${urls.link}/files/${encodeURIComponent(file.name)}` })),
    expiresOn: dateAt(zone, expiresAt - 1),
    unsubscribe: urls.unsubscribe,
    definitions: `${base()}/docs#metrics`,
  }
}
