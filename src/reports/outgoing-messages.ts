import { ENTITIES_MAX, namesOf } from '../accounts/entities.ts'
import { sql, type Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import { answer, type Answer } from './answer.ts'
import { totalsIn, type Range } from './values.ts'

const tagNames = sql(import.meta.url, './tag-names.sql')

export const outgoingGroupings = ['agent', 'team', 'inbox', 'label'] as const
export type OutgoingGrouping = (typeof outgoingGroupings)[number]

/** Outgoing messages of one group. */
export interface OutgoingMessages {
  /** Null for a tag that is no label of the account. */
  id: number | null
  /** Null for an agent who left, and for a team or inbox that is gone. */
  name: string | null
  messages: number
}

/**
 * Outgoing messages by the agent who wrote them, their conversation's present team, their inbox, or the tags that their
 * conversation carries now, spelled exactly. Groups without messages are left out, and so are messages without a group.
 * @throws Refusal (422) for more than ENTITIES_MAX groups.
 */
export async function outgoingMessages(
  pool: Pool,
  accountId: number,
  grouping: OutgoingGrouping,
  range: Range,
): Promise<Answer<OutgoingMessages[]>> {
  const report = await (grouping === 'label'
    ? messagesByTag(pool, accountId, range)
    : messagesBy(grouping, pool, accountId, range))
  if (report.data.length > ENTITIES_MAX) {
    throw invalid(`More than ${ENTITIES_MAX} groups have messages in this range. Ask for a shorter one.`)
  }
  return report
}

async function messagesBy(
  dimension: Exclude<OutgoingGrouping, 'label'>,
  pool: Pool,
  accountId: number,
  range: Range,
): Promise<Answer<OutgoingMessages[]>> {
  const report = await answer(pool, accountId, (read) => totalsIn(read, { dimension }, range, ['outgoing_messages_count'], false))
  const counted = report.data
    .map(({ id, figures }) => ({ id, messages: figures.outgoing_messages_count.value ?? 0 }))
    // 0 is what bots and the API wrote, and what belongs to no team.
    .filter(({ id, messages }) => id !== 0 && messages > 0)
  const ids = counted.slice(0, ENTITIES_MAX).map(({ id }) => id)
  const names = await namesOf(pool, accountId, dimension, ids)
  return { ...report, data: counted.map(({ id, messages }) => ({ id, name: names.get(id) ?? null, messages })) }
}

function messagesByTag(pool: Pool, accountId: number, range: Range): Promise<Answer<OutgoingMessages[]>> {
  return answer(pool, accountId, async (read) => {
    const messages = new Map<number, number>()
    for (const { tag_id, n } of await read.tagged({ ...range, counted: 'outgoing_messages' })) {
      messages.set(tag_id, (messages.get(tag_id) ?? 0) + n)
    }
    if (messages.size === 0) return []
    const tags = await read.lookUp<{ tag_id: number; name: string; id: number | null }>(tagNames, [
      [...messages.keys()],
      ENTITIES_MAX + 1,
    ])
    return tags.map(({ tag_id, name, id }) => ({ id, name, messages: messages.get(tag_id)! }))
  })
}
