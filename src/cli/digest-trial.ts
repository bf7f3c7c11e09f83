import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { now } from '../clock.ts'
import { config } from '../config.ts'
import { findDigest } from '../digests/definition/digest.ts'
import { requireKnown } from '../digests/definition/check-definition.ts'
import { lensFrom } from '../digests/definition/lens-text.ts'
import { previewFiles, previewSnapshot } from '../digests/composing/preview.ts'
import { runDigest } from '../digests/composing/run-digest.ts'
import { isSettled, runJson } from '../digests/definition/run-json.ts'
import { sendTestMail } from '../digests/delivery/test-mail.ts'
import { Refusal } from '../errors.ts'
import { print } from './print.ts'
import type { Session } from './session.ts'

export interface OnDigest {
  account: number
  digest: number
  json?: boolean
}

/** Writes all that a mail would consist of into a folder. */
export async function preview(
  { pool }: Session,
  options: OnDigest & { period?: string; out: string; lens: string; user?: number },
): Promise<void> {
  const digest = await findDigest(pool, options.account, options.digest)
  const viewer = { lens: lensFrom(options.lens), userId: options.user ?? null }
  const filters = typeof viewer.lens === 'object' ? [viewer.lens] : []
  await requireKnown(pool, options.account, { filters, users: options.user === undefined ? [] : [options.user] })
  const snapshot = await previewSnapshot(pool, digest, now(), options.period, viewer)
  const folder = resolve(options.out)
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const { name, content } of await previewFiles(snapshot)) {
    await writeFile(join(folder, name), content)
    files.push(join(folder, name))
  }
  const { firstDate, lastDate } = snapshot.period
  print(options.json, { period: { first_date: firstDate, last_date: lastDate }, files }, files.join('\n'))
}

/** Sends one mail to one address, marked [TEST]. */
export async function test({ pool }: Session, options: OnDigest & { to: string }): Promise<void> {
  const digest = await findDigest(pool, options.account, options.digest)
  const sent = await sendTestMail(pool, digest, { to: options.to, requestedBy: null }, now())
  const { outcome, subject, firstDate, lastDate } = sent
  if ('error' in outcome) throw new Refusal('not_sent', `Not sent (${outcome.kind}): ${outcome.error}`, { exitCode: 1 })
  const outbox = resolve(config.dataDir, 'outbox')
  const done = outcome.kind === 'sent' ? `Sent to ${options.to}` : `No SMTP_URL is set: written into ${outbox}, not sent`
  const period = { first_date: firstDate, last_date: lastDate }
  print(options.json, { state: outcome.kind, to: options.to, subject, period }, `${done}: ${subject}`)
}

/** Composes and delivers what is due. Exit 3 when something of it is left, or did not arrive. */
export async function runNow({ pool, signal }: Session, options: OnDigest): Promise<void> {
  const digest = await findDigest(pool, options.account, options.digest)
  const result = await runDigest(pool, digest, now(), { signal })
  const json = runJson(result)
  print(options.json, json, json.message)
  const { refused = 0, uncertain = 0 } = json.deliveries
  if (!isSettled(result) || refused + uncertain > 0) process.exitCode = 3
}
