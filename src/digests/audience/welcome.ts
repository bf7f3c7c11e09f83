import type { Instant } from '../../clock.ts'
import { many, sql, type Pool } from '../../db.ts'
import { consentWords } from './consent-words.ts'
import type { Language } from '../definition/definition.ts'
import { queueNotice } from '../delivery/notice.ts'
import { screened } from './screen.ts'

const newcomersSql = sql(import.meta.url, './newcomers.sql')
/** So many of an account at a time; the next minute goes on. */
const MOST_AT_ONCE = 500

interface Newcomer {
  digestId: number
  digest: string
  language: Language
  account: string
  address: string
  /** The name of who added him. */
  addedBy: string | null
}

/**
 * Tells everybody from outside who has become a recipient, on whichever way, what he will be sent, who added him and how to
 * unsubscribe: once for a digest and an address, also when he is taken off and added again.
 * @returns how many notices were queued
 */
export async function queueWelcomes(pool: Pool, now: Instant): Promise<number> {
  const accounts = await many<{ id: number }>(
    pool,
    'select distinct account_id as id from tidemark.recipients where address is not null order by id',
  )
  let queued = 0
  for (const { id: accountId } of accounts) {
    for (const newcomer of await many<Newcomer & Record<string, unknown>>(pool, newcomersSql, [accountId, MOST_AT_ONCE])) {
      queued += await welcome(pool, accountId, newcomer, now)
    }
  }
  return queued
}

async function welcome(pool: Pool, accountId: number, newcomer: Newcomer, now: Instant): Promise<number> {
  const { digestId, language, address, addedBy } = newcomer
  // The policy may keep him from being sent anything.
  const { send } = await screened(pool, accountId, digestId, [{ address, userId: null }])
  const about = { accountId, digestId, key: `welcome/${digestId}` }
  return queueNotice(pool, about, consentWords[language].welcome(newcomer, addedBy), send, now)
}
