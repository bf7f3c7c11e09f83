import { DateTime } from 'luxon'
import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import { startOfLocal } from '../time/calendar.ts'
import type { Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import { artefactsOf } from './artefacts.ts'
import { formats } from './definition.ts'
import type { Digest } from './digest.ts'
import type { MailFile } from './mail-file.ts'
import { mailOf } from './mail.ts'
import { latestSlot, weekFrom, type Period } from './slot.ts'
import type { Snapshot } from './snapshot.ts'
import { snapshotOfPeriod } from './stored-snapshot.ts'
import { takeSnapshot } from './take-snapshot.ts'

/**
 * The snapshot of a digest for a week: the stored one where there is one, so that a past mail is shown as it was; else one
 * taken now, which is not stored. Without a week: exactly the one that the schedule would report now.
 * @param week a date in it (2026-05-06) or an ISO week (2026-W19)
 * @throws Refusal (422) for a week that is none or has not begun
 */
export async function previewSnapshot(pool: Pool, digest: Digest, now: Instant, week?: string): Promise<Snapshot> {
  const zone = await zoneNamed(pool, digest.zone)
  const period = week === undefined ? latestSlot(digest, zone, now).period : weekOf(zone, digest, week)
  if (period.since > now) throw invalid(`The week of ${period.firstDate} has not begun.`)
  const stored = await snapshotOfPeriod(pool, digest.accountId, digest.id, period)
  return stored?.snapshot ?? takeSnapshot(pool, digest, zone, period, now)
}

function weekOf(zone: Zone, { firstWeekday }: Digest, text: string): Period {
  const known = /^\d{4}-(W\d{2}|\d{2}-\d{2})$/.test(text) ? DateTime.fromISO(text, { zone: 'utc' }) : DateTime.invalid('form')
  if (!known.isValid)
    throw invalid(`${JSON.stringify(text.slice(0, 40))} is no week. Give a date in it (2026-05-06) or its number (2026-W19).`)
  const first = startOfLocal(known.toSeconds(), 'week', 0, firstWeekday)
  return weekFrom(zone, DateTime.fromSeconds(first, { zone: 'utc' }).toISODate() as string)
}

/** Everything that a mail of this snapshot would consist of, as files that open in a browser and an office program. */
export async function previewFiles(snapshot: Snapshot): Promise<MailFile[]> {
  const artefacts = await artefactsOf(snapshot, formats)
  const { html, text } = mailOf(snapshot, artefacts)
  const shown = artefacts.pictures.reduce((page, { cid, name }) => page.replaceAll(`cid:${cid}`, name), html)
  return [
    { name: 'digest.html', type: 'text/html', content: Buffer.from(shown) },
    { name: 'digest.txt', type: 'text/plain', content: Buffer.from(text) },
    ...artefacts.attachments,
    ...artefacts.pictures.map(({ name, type, content }) => ({ name, type, content })),
  ]
}
