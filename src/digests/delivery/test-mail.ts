import { randomUUID } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import { one, run, sql, transaction, type Pool } from '../../db.ts'
import { invalid, Refusal } from '../../errors.ts'
import { reasonOf } from '../../failure.ts'
import { zoneNamed } from '../../time/zones.ts'
import { mailAddress, messageIdOf } from '../audience/address.ts'
import { artefactsOf } from '../files/artefacts.ts'
import type { Digest } from '../definition/digest.ts'
import { mailOf } from '../mail/mail.ts'
import { mailFile } from './outbox.ts'
import type { Outcome } from './outcome.ts'
import { previewSnapshot } from '../composing/preview.ts'
import { dueSlot } from '../schedule/schedule.ts'
import { screened } from '../audience/screen.ts'
import { configuredRoute, openTransport, type MailRoute } from './send.ts'
import { fileStem } from '../files/snapshot-files.ts'
import type { Period } from '../schedule/window.ts'

const recordSql = sql(import.meta.url, './record-test-mail.sql')

/** How many an hour and digest: whoever may try a digest out must not be able to fill somebody's mailbox. */
const MOST_AN_HOUR = 10
const HOUR = 3600

/** Whom a test mail goes to: the requester himself. At the command line nobody is known (null), and his word is taken. */
export interface TestRequest {
  to: string
  requestedBy: number | null
}

export interface TestMail {
  outcome: Outcome
  subject: string
  /** The dates that it shows: those that the schedule would send now. */
  firstDate: string
  lastDate: string
}

/**
 * Sends a digest to one address, marked `[TEST]` in its subject. It is recorded, and never counts as the delivery of its
 * period: the schedule goes on as if it had not been.
 * @throws Refusal (422) when `to` is no address or may not be sent digests, (429) after ten in an hour
 */
export async function sendTestMail(
  pool: Pool,
  digest: Digest,
  { to, requestedBy }: TestRequest,
  now: Instant,
  route: MailRoute = configuredRoute(),
): Promise<TestMail> {
  const recipient = mailAddress(to)
  await requireAllowed(pool, digest, recipient, requestedBy)
  const { period } = dueSlot(digest, await zoneNamed(pool, digest.zone), now)
  const id = await recorded(pool, digest, { recipient, requestedBy, period }, now)
  const mail = await attempted(pool, digest, { id, recipient }, now, route).catch(async (error: Error) => {
    await settle(pool, digest, id, 'refused', error.message)
    throw error
  })
  const { kind } = mail.outcome
  const state = kind === 'again' || kind === 'unreachable' ? 'refused' : kind
  await settle(pool, digest, id, state, 'error' in mail.outcome ? mail.outcome.error : null)
  return { ...mail, firstDate: period.firstDate, lastDate: period.lastDate }
}

/** Whoever asks for it himself is sent it, even when he has unsubscribed from what the schedule sends. */
async function requireAllowed(pool: Pool, { accountId, id }: Digest, address: string, userId: number | null): Promise<void> {
  const { withheld } = await screened(pool, accountId, id, [{ address, userId }])
  const [refused] = withheld.filter(({ state }) => state === 'skipped' || userId === null)
  if (refused) throw invalid(`No test mail is sent to this address: ${refused.reason}. Give another, or change that.`)
}

/** Writes a test mail down before anything is sent, so that no two at once pass the bound together. */
async function recorded(
  pool: Pool,
  { accountId, id: digestId }: Digest,
  { recipient, requestedBy, period }: { recipient: string; requestedBy: number | null; period: Period },
  now: Instant,
): Promise<string> {
  const id = randomUUID()
  return transaction(pool, async (tx) => {
    await tx.query('select id from tidemark.digests where account_id = $1 and id = $2 for no key update', [accountId, digestId])
    const dates = [period.firstDate, period.lastDate]
    const values = [accountId, id, digestId, ...dates, recipient, requestedBy, now, now - HOUR, MOST_AN_HOUR]
    const { before, oldest } = await one<{ before: number; oldest: Instant | null }>(tx, recordSql, values)
    if (before < MOST_AN_HOUR) return id
    const retryAfter = Math.max(1, (oldest ?? now) + HOUR - now)
    const message = `This digest was tried out ${before} times within the hour. Try again in ${Math.ceil(retryAfter / 60)} minutes.`
    throw new Refusal('too_many_tests', message, { status: 429, exitCode: 1, retryAfter })
  })
}

async function attempted(
  pool: Pool,
  digest: Digest,
  { id, recipient }: { id: string; recipient: string },
  now: Instant,
  route: MailRoute,
): Promise<{ outcome: Outcome; subject: string }> {
  const snapshot = await previewSnapshot(pool, digest, now)
  const artefacts = await artefactsOf(snapshot, digest.formats)
  const mail = mailOf(snapshot, artefacts, { test: true })
  const letter = {
    file: mailFile(`test-${fileStem(snapshot)}`, digest.accountId, id),
    messageId: messageIdOf(id, route.from),
    recipient,
    onBehalfOf: snapshot.account.name,
    service: snapshot.branding?.name,
    mail,
    artefacts,
    date: now,
  }
  const transport = openTransport(route, 1)
  const outcome = await transport.send(letter).finally(() => transport.close())
  return { outcome, subject: mail.subject }
}

async function settle(pool: Pool, { accountId }: Digest, id: string, state: string, error: string | null): Promise<void> {
  const reason = error === null ? null : reasonOf(error).slice(0, 500)
  await run(pool, 'update tidemark.test_mails set state = $3, error = $4 where account_id = $1 and id = $2', [
    accountId,
    id,
    state,
    reason,
  ])
}
