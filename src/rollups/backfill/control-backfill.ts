import type { Instant } from '../../clock.ts'
import type { Actor } from '../../audit/actor.ts'
import { recordAct } from '../../audit/record.ts'
import { isSqlState, maybeOne, run, sql, SQLSTATE, transaction, type Client, type Pool } from '../../db.ts'
import { conflict, notFound } from '../../errors.ts'
import { activeBackfills } from './backfill.ts'
import { bucketZone } from './backfill-days.ts'
import { readBackfills, type Backfill, type BackfillState } from './backfill-row.ts'
import { daysDone } from './backfill-work.ts'
import { failingHours } from './failed-hours.ts'
import { takenBefore, type RequestKey } from './request-key.ts'
import { bounds } from '../spans.ts'

const retrySql = sql(import.meta.url, './retry-backfill.sql')

/** What somebody may do with a backfill. */
export const controls = ['pause', 'resume', 'cancel', 'retry'] as const
export type Control = (typeof controls)[number]

export interface Controlling {
  actor: Actor
  at: Instant
  reason?: string | null
  requestId?: string | null
  /** A key of the caller's, with the SHA-256 of what he asks for: the same again changes nothing more. */
  once?: RequestKey | undefined
}

interface Rule {
  /** In which states it does something. */
  from: readonly BackfillState[]
  /** In which it is done already, so that asking again changes nothing. */
  done: readonly BackfillState[]
  /** What has to hold, for whoever asks at another time. */
  only: string
  apply: (tx: Client, accountId: number, id: number) => Promise<unknown>
}

const set = (change: string) => (tx: Client, accountId: number, id: number) =>
  run(tx, `update tidemark.backfills set ${change} where account_id = $1 and id = $2`, [accountId, id])

const rules: Record<Control, Rule> = {
  pause: {
    from: ['queued', 'running'],
    done: ['paused'],
    only: 'Only one that is queued or running can be paused.',
    apply: set(`state = 'paused', paused_at = now()`),
  },
  resume: {
    from: ['paused'],
    done: ['queued', 'running'],
    only: 'Only one that is paused can be resumed.',
    // Without a mark of progress, so that the next heartbeat takes it up.
    apply: set(
      `state = case when started_at is null then 'queued' else 'running' end, paused_at = null, progressed_at = null, paced_until = null`,
    ),
  },
  cancel: {
    from: ['queued', 'running', 'paused'],
    done: ['cancelled'],
    only: 'Only one that is under way can be cancelled.',
    apply: set(`state = 'cancelled', finished_at = now(), paused_at = null`),
  },
  retry: {
    from: ['completed_with_errors', 'failed'],
    done: [],
    only: 'Only one that failed, or ended with errors, can be tried again.',
    apply: retry,
  },
}

/** The hours that it could not roll and nothing has rolled since are to be done again; they stay among those that it has in all. */
async function retry(tx: Client, accountId: number, id: number): Promise<void> {
  const hours = await failingHours(tx, accountId, id)
  const days = daysDone(await bucketZone(tx, accountId), hours, [])
  await run(tx, retrySql, [accountId, id, ...bounds(hours), hours.length, days])
}

/**
 * Pauses, resumes or cancels a backfill, or has what failed of it tried again; asked a second time, it changes nothing. Waits
 * for the chunk that is being rolled, about a second. What is rolled stays rolled.
 * @throws Refusal 404 when the account has none of this id; 409 when the key was used for another request, in a state that it does not fit, or for a retry while another
 * backfill of the account is under way
 */
export async function controlBackfill(
  pool: Pool,
  accountId: number,
  id: number,
  control: Control,
  { actor, at, reason = null, requestId = null, once }: Controlling,
): Promise<Backfill> {
  const { from, done, only, apply } = rules[control]
  try {
    return await transaction(pool, async (tx) => {
      const before = await hold(tx, accountId, id)
      if (once && (await takenBefore(tx, accountId, id, once))) return before
      if (done.includes(before.state)) return before
      if (!from.includes(before.state)) throw conflict(`Backfill ${id} is ${inWords(before.state)}. ${only}`)
      await apply(tx, accountId, id)
      const after = await hold(tx, accountId, id)
      const [was, is] = [before, after].map(({ state, hoursDone, hoursTotal }) => {
        return { state, hours_done: hoursDone, hours_total: hoursTotal }
      })
      const action = `backfill.${control}` as const
      await recordAct(tx, { actor, accountId, at, action, subjectId: id, reason, before: was, after: is, requestId })
      return after
    })
  } catch (error) {
    if (!isSqlState(error, SQLSTATE.uniqueViolation)) throw error
    const [active] = await activeBackfills(pool, accountId)
    throw conflict(`Backfill ${active?.id ?? 'another'} of account ${accountId} is under way. Wait for it, or cancel it.`)
  }
}

export const inWords = (state: BackfillState) => state.replaceAll('_', ' ')

async function hold(tx: Client, accountId: number, id: number): Promise<Backfill> {
  const text = 'select id from tidemark.backfills where account_id = $1 and id = $2 for update'
  const held = await maybeOne(tx, text, [accountId, id])
  const [found] = held ? await readBackfills(tx, { accounts: [accountId], id }) : []
  if (!found) throw notFound(`There is no backfill ${id} of account ${accountId}.`)
  return found
}
