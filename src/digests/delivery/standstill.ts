import type { Instant } from '../../clock.ts'
import { many, sql, type Pool, type Queryable } from '../../db.ts'
import { reasonOf } from '../../failure.ts'
import { log } from '../../log.ts'
import type { Language } from '../definition/definition.ts'
import { queueNotice } from './notice.ts'
import { standstillNotice } from './owner-notices.ts'
import { responsibleFor } from '../audience/responsible.ts'

const standstillSql = sql(import.meta.url, './standstill.sql')

/** Mail that has been waiting for so long (seconds) is worth telling; shorter standstills pass unnoticed. */
const WORTH_TELLING = 1800

/** A digest whose mail waits, because nothing gets through to the mail server. */
export interface Standstill {
  digestId: number
  name: string
  language: Language
  zone: string
  /** The period that waits longest. */
  slotId: number
  firstDate: string
  lastDate: string
  /** How many mails of the digest wait, and since when the first of them. */
  waiting: number
  since: Instant
}

/** The digests of an account whose mail waits at `now` because nothing gets through to the mail server, by id. */
export function standstillsOf(db: Queryable, accountId: number, now: Instant): Promise<Standstill[]> {
  return many<Standstill & Record<string, unknown>>(db, standstillSql, [accountId, now - WORTH_TELLING])
}

/**
 * Tells who answers for the digests of an account that their mail waits, once per standstill. The notice waits for the same
 * server, so it arrives when that is back; until then the log says so, and so does the health of the digest.
 */
export async function tellOfStandstill(pool: Pool, accountId: number, error: string, now: Instant): Promise<void> {
  const reason = reasonOf(error)
  for (const waiting of await standstillsOf(pool, accountId, now)) {
    const { digestId, slotId, waiting: mails, since } = waiting
    const ids = { account_id: accountId, digest_id: digestId, slot_id: slotId }
    log.warn({ ...ids, mails, seconds: Math.round(now - since), reason }, 'mail waits for the mail server')
    const { people } = await responsibleFor(pool, accountId, digestId)
    const about = { accountId, digestId, key: `standstill/${digestId}/${slotId}` }
    await queueNotice(pool, about, standstillNotice({ accountId, ...waiting }, reason), people, now)
  }
}
