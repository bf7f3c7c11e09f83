import type { Instant } from '../../clock.ts'
import { maybeOne, one, sql, type Pool } from '../../db.ts'
import { Refusal } from '../../errors.ts'
import { errorReporter } from '../../failure.ts'
import { draw } from '../files/drawings.ts'
import { envelopeOf } from './envelope-of.ts'
import type { Letter } from './letter.ts'
import { mailOf } from '../mail/mail.ts'
import { mayBeSent, type Addressed } from './may-be-sent.ts'
import { noticeMail } from './notice-mail.ts'
import type { Notice } from './notice.ts'
import { mailFile } from './outbox.ts'
import { holdBack, settle, type Attempt, type Outcome, type Settlement } from './outcome.ts'
import { responsibleFor } from '../audience/responsible.ts'
import type { Transport } from './send.ts'
import { fileStem } from '../files/snapshot-files.ts'
import { unsubscribeUrl } from '../audience/unsubscribe.ts'

const beginDelivery = sql(import.meta.url, './begin-delivery.sql')

/** A delivery that this process is to send; nobody else takes it while its lease lasts. */
export interface Claimed extends Attempt, Addressed {
  id: string
  /** Null for a notice. */
  snapshotId: number | null
  messageId: string
}

/** What the attempts of a run share. */
export interface Workshop {
  pool: Pool
  transport: Transport
  passing: () => Instant
  /** What is drawn and looked up once for many mails. */
  known: Map<string, Promise<unknown>>
}

export interface Attempted {
  settlement: Settlement
  /** True when nothing gets through to the server: other mails would not either. */
  stuck: boolean
}

/** One attempt, from the question whether it may still be sent to what becomes of the row. */
export async function attempt(shop: Workshop, claimed: Claimed): Promise<Attempted> {
  const permission = await mayBeSent(shop.pool, claimed)
  if (permission !== 'send') return { settlement: holdBack(permission, claimed), stuck: false }
  const outcome = await tryOnce(shop, claimed)
  return { settlement: settle(outcome, claimed, shop.passing(), Math.random()), stuck: outcome.kind === 'unreachable' }
}

/** What goes wrong before a server is reached (drawing, a broken snapshot) is tried again, a bounded number of times, as a 4xx is. */
async function tryOnce(shop: Workshop, claimed: Claimed): Promise<Outcome> {
  try {
    const letter = await (claimed.notice ? noticeLetter(shop, claimed, claimed.notice) : digestLetter(shop, claimed))
    return await shop.transport.send(letter, () => begin(shop, claimed))
  } catch (error) {
    // An address that no server would take: another try changes nothing.
    if (error instanceof Refusal) return { kind: 'refused', error: error.message }
    errorReporter('a mail cannot be sent')(error as Error)
    return { kind: 'again', error: (error as Error).message }
  }
}

/** Committed before anything leaves: so a row without it can be sent as if it had never been tried. */
async function begin({ pool, passing }: Workshop, { accountId, id, attempts }: Claimed): Promise<void> {
  const values = [accountId, id, attempts, passing()]
  if (!(await maybeOne(pool, beginDelivery, values))) throw new Error('the lease of this attempt is over')
}

async function digestLetter(shop: Workshop, claimed: Claimed): Promise<Letter> {
  const { accountId, digestId, id, snapshotId } = claimed
  if (digestId === null || snapshotId === null)
    throw new Error(`delivery ${id} is of a digest and does not name it with its snapshot`)
  const drawn = await once(shop, `snapshot ${accountId} ${snapshotId}`, () => draw(shop.pool, accountId, snapshotId))
  const { snapshot, artefacts } = drawn
  const { owner } = await once(shop, `responsible ${accountId} ${digestId}`, () => responsibleFor(shop.pool, accountId, digestId))
  const envelope = await envelopeOf(shop.pool, claimed, drawn, shop.passing())
  return {
    ...addressed(shop, claimed),
    file: mailFile(fileStem(snapshot), accountId, id),
    onBehalfOf: snapshot.account.name,
    service: snapshot.branding?.name,
    replyTo: owner,
    unsubscribeUrl: unsubscribeUrl(accountId, id),
    mail: mailOf(snapshot, artefacts, envelope),
    artefacts,
  }
}

async function noticeLetter(shop: Workshop, claimed: Claimed, notice: Notice): Promise<Letter> {
  const { accountId, id } = claimed
  const named = () => one<{ name: string }>(shop.pool, 'select name from accounts where id = $1', [accountId])
  const { name } = await once(shop, `account ${accountId}`, named)
  const unsubscribe = notice.toSubscriber ? unsubscribeUrl(accountId, id) : undefined
  const mail = noticeMail(notice, { account: name, id, unsubscribe })
  return {
    ...addressed(shop, claimed),
    file: mailFile('notice', accountId, id),
    onBehalfOf: name,
    unsubscribeUrl: unsubscribe,
    mail,
  }
}

const addressed = ({ passing }: Workshop, { recipient, messageId }: Claimed) => ({ recipient, messageId, date: passing() })

function once<T>({ known }: Workshop, key: string, find: () => Promise<T>): Promise<T> {
  const before = known.get(key) as Promise<T> | undefined
  if (before) return before
  // Lanes work on one account at a time, mostly on one snapshot of it: older ones only take memory.
  if (known.size > 8) known.clear()
  const found = find()
  known.set(key, found)
  return found
}
