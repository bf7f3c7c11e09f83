import type { Instant } from '../clock.ts'
import { config } from '../config.ts'
import type { Queryable } from '../db.ts'
import { dateAt, unitStart } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import type { Drawn } from './drawings.ts'
import type { Envelope } from './envelope.ts'
import { linkOf, linkUrl, madeLink, type Link } from './links.ts'
import { unsubscribeUrl } from './unsubscribe.ts'

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
  const link = await linkOf(db, accountId, id, unitStart(zone, now, 'day', config.linkDays + 1), now)
  return enveloped(link, zone, drawn, { link: linkUrl(link), unsubscribe: unsubscribeUrl(accountId, id) })
}

/** The same for somebody else to look at, without the keys that are in the recipient's links. */
export async function envelopeShown(db: Queryable, { accountId, id }: DeliveryKey, drawn: Drawn): Promise<Envelope> {
  const link = await madeLink(db, accountId, id)
  if (!link) return { deliveryId: id }
  const zone = await zoneNamed(db, drawn.snapshot.zone)
  return enveloped(link, zone, drawn, { link: `${base()}/digests/withheld`, unsubscribe: `${base()}/unsubscribe/withheld` })
}

const base = () => config.publicUrl.replace(/\/$/, '')

/** A link gives the page and every file of the snapshot, also those that are attached. */
function enveloped(
  { deliveryId, expiresAt }: Link,
  zone: Zone,
  { artefacts: { attachments, linked } }: Drawn,
  urls: { link: string; unsubscribe: string },
): Envelope {
  const files = [...attachments.map(({ name, content }) => ({ name, size: content.length })), ...linked]
  return {
    deliveryId,
    links: {
      view: urls.link,
      files: files.map((file) => ({ ...file, url: `${urls.link}/files/${encodeURIComponent(file.name)}` })),
      expiresOn: dateAt(zone, expiresAt - 1),
      unsubscribe: urls.unsubscribe,
      definitions: `${base()}/docs#metrics`,
    },
  }
}
