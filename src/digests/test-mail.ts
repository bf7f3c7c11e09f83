import { randomUUID } from 'node:crypto'
import type { Instant } from '../clock.ts'
import { one, run, type Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { reasonOf } from '../failure.ts'
import { mailAddress, messageIdOf } from './address.ts'
import { artefactsOf } from './artefacts.ts'
import type { Digest } from './digest.ts'
import { mailOf } from './mail.ts'
import type { Outcome } from './outcome.ts'
import { previewSnapshot } from './preview.ts'
import { configuredRoute, openTransport, type MailRoute } from './send.ts'
import { fileStem } from './snapshot-files.ts'

/** How many an hour and digest: whoever may try a digest out must not be able to fill somebody's mailbox. */
const MOST_AN_HOUR = 10

export interface TestMail {
  outcome: Outcome
  subject: string
  /** The first date of the week that it shows: the one that the schedule would send now. */
  firstDate: string
}

/**
 * Sends a digest to one address, marked `[TEST]` in its subject. It is recorded, and never counts as the delivery of its
 * period: the schedule goes on as if it had not been.
 * @throws Refusal (422) when `to` is no address, (429) after ten in an hour
 */
export async function sendTestMail(
  pool: Pool,
  digest: Digest,
  to: string,
  now: Instant,
  route: MailRoute = configuredRoute(),
): Promise<TestMail> {
  const recipient = mailAddress(to)
  await requireFewTests(pool, digest, now)
  const snapshot = await previewSnapshot(pool, digest, now)
  const artefacts = await artefactsOf(snapshot, digest.formats)
  const mail = mailOf(snapshot, artefacts, { test: true })
  const id = randomUUID()
  const { firstDate, lastDate } = snapshot.period
  await run(
    pool,
    `insert into tidemark.test_mails (account_id, id, digest_id, period_start, period_end, recipient, state, at)
     values ($1, $2, $3, $4, $5, $6, 'sending', to_timestamp($7))`,
    [digest.accountId, id, digest.id, firstDate, lastDate, recipient, now],
  )
  const letter = {
    messageId: messageIdOf(id, route.from),
    recipient,
    onBehalfOf: snapshot.account.name,
    mail,
    artefacts,
    date: now,
  }
  const transport = openTransport(route, 1)
  const outcome = await transport.send({ ...letter, file: `test-${fileStem(snapshot)}-${id}` }).finally(() => transport.close())
  const state = outcome.kind === 'again' || outcome.kind === 'unreachable' ? 'refused' : outcome.kind
  const error = 'error' in outcome ? reasonOf(outcome.error).slice(0, 500) : null
  await run(pool, 'update tidemark.test_mails set state = $3, error = $4 where account_id = $1 and id = $2', [
    digest.accountId,
    id,
    state,
    error,
  ])
  return { outcome, subject: mail.subject, firstDate }
}

async function requireFewTests(pool: Pool, { accountId, id }: Digest, now: Instant): Promise<void> {
  const { sent } = await one<{ sent: number }>(
    pool,
    'select count(*) as sent from tidemark.test_mails where account_id = $1 and digest_id = $2 and at > to_timestamp($3)',
    [accountId, id, now - 3600],
  )
  if (sent < MOST_AN_HOUR) return
  throw new Refusal('too_many_tests', `This digest was tried out ${sent} times within the hour. Try again later.`, {
    status: 429,
    exitCode: 1,
  })
}
