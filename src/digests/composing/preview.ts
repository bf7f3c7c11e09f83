import { DateTime } from 'luxon'
import type { Instant } from '../../clock.ts'
import type { Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import type { Zone } from '../../time/zone.ts'
import { zoneNamed } from '../../time/zones.ts'
import { artefactsOf } from '../files/artefacts.ts'
import { formats } from '../definition/definition.ts'
import type { Digest } from '../definition/digest.ts'
import { shownTo, type Viewer } from './lenses.ts'
import type { MailFile } from '../files/mail-file.ts'
import { mailOf } from '../mail/mail.ts'
import { dueSlot, slotReporting, type Slot } from '../schedule/schedule.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { snapshotOfPeriod } from '../snapshot/stored-snapshot.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'

/**
 * The snapshot of a digest for a period: the stored one where there is one, so that a past mail is shown as it was; else one
 * taken now, which is not stored. Without a period: exactly the one that the schedule would report now.
 * @param within a date in it (2026-05-06), an ISO week (2026-W19) or a month (2026-05)
 * @param viewer whose figures: those of the whole digest, when left out
 * @throws Refusal (422) for a period that is none or has not begun, and for a viewer to whom nothing is shown
 */
export async function previewSnapshot(
  pool: Pool,
  digest: Digest,
  now: Instant,
  within?: string,
  viewer: Viewer = { lens: 'all', userId: null },
): Promise<Snapshot> {
  const zone = await zoneNamed(pool, digest.zone)
  const { period } = within === undefined ? dueSlot(digest, zone, now) : slotWithin(digest, zone, within)
  if (period.since > now) throw invalid(`The period from ${period.firstDate} has not begun.`)
  const [shown] = await shownTo(pool, digest.accountId, digest.filter, [viewer])
  if (!shown || 'reason' in shown) throw invalid(`There is nothing to show: ${shown?.reason}.`)
  const stored = await snapshotOfPeriod(pool, digest.accountId, digest.id, period, shown.key)
  return stored?.snapshot ?? takeSnapshot(pool, digest, zone, period, now, shown)
}

function slotWithin(digest: Digest, zone: Zone, text: string): Slot {
  const known = /^\d{4}-(W\d{2}|\d{2}(-\d{2})?)$/.test(text) ? DateTime.fromISO(text, { zone: 'utc' }) : DateTime.invalid('form')
  const slot = known.isValid ? slotReporting(digest, zone, known.toISODate()) : undefined
  if (slot) return slot
  const given = JSON.stringify(text.slice(0, 40))
  throw invalid(
    `${given} is no period. Give a date in it (2026-05-06), the number of its week (2026-W19) or its month (2026-05).`,
  )
}

/** Everything that a mail of this snapshot would consist of, as files that open in a browser and an office program. */
export async function previewFiles(snapshot: Snapshot): Promise<MailFile[]> {
  const artefacts = await artefactsOf(snapshot, formats, Infinity)
  const { html, text } = mailOf(snapshot, artefacts)
  const shown = artefacts.pictures.reduce((page, { cid, name }) => page.replaceAll(`cid:${cid}`, name), html)
  return [
    { name: 'digest.html', type: 'text/html', content: Buffer.from(shown) },
    { name: 'digest.txt', type: 'text/plain', content: Buffer.from(text) },
    ...artefacts.attachments,
    ...artefacts.pictures.map(({ name, type, content }) => ({ name, type, content })),
  ]
}
