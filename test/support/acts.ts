import { maybeOne, one, run, type Client } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { instantIn, type Desk } from './desk.ts'

/**
 * One thing that happens at a desk, in the caller's transaction. What it returns is done once that has committed. To keep
 * the writers from deadlocking with each other, an act locks rows of one table only, and skips those that are taken.
 */
export type Act = (tx: Client, desk: Desk, random: Random) => Promise<(() => void) | undefined | void>

const at = (place: number) => `to_timestamp($${place}::float8) at time zone 'UTC'`
const eventNames = [
  'first_response',
  'reply_time',
  'conversation_resolved',
  'conversation_bot_handoff',
  'conversation_bot_resolved',
]

/** A conversation with its first message, and at times a label. */
const open: Act = async (tx, desk, random) => {
  const { accountId, inboxes, agents, teams } = desk
  const created = instantIn(random)
  const { id } = await one<{ id: number }>(
    tx,
    `insert into conversations (account_id, inbox_id, assignee_id, team_id, display_id, created_at, updated_at)
     values ($1, $2, $3, $4, nextval('conv_dpid_seq_' || $1::int), ${at(5)}, now()) returning id`,
    [accountId, random.pick(inboxes), random.pick([...agents, null]), random.pick([...teams, null]), created],
  )
  await message(tx, desk, random, id, created)
  if (random.chance(0.4)) await tag(tx, desk, random, id)
  return () => void desk.conversations.push(id)
}

async function message(tx: Client, desk: Desk, random: Random, conversation: number, written: number): Promise<void> {
  await run(
    tx,
    `insert into messages (account_id, inbox_id, conversation_id, message_type, content_type, sender_type, sender_id, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 'User', $6, ${at(7)}, now())`,
    [
      desk.accountId,
      random.pick(desk.inboxes),
      conversation,
      random.pick([0, 1, 1, 2]),
      random.pick([0, 0, 9]),
      random.pick(desk.agents),
      written,
    ],
  )
}

async function tag(tx: Client, desk: Desk, random: Random, conversation: number): Promise<void> {
  await run(
    tx,
    `insert into taggings (tag_id, taggable_type, taggable_id, context, tagger_type, tagger_id, created_at)
     values ($1, 'Conversation', $2, 'labels', 'User', 1, now()) on conflict do nothing`,
    [random.pick(desk.labels).tagId, conversation],
  )
}

/** A message to a conversation that another transaction may be moving or deleting just now. */
const write: Act = (tx, desk, random) => message(tx, desk, random, known(desk, random), instantIn(random))

/** Many messages in one statement, to several conversations and hours. */
const writeMany: Act = async (tx, desk, random) => {
  const rows = Array.from({ length: 8 }, () => [known(desk, random), instantIn(random)] as const)
  await run(
    tx,
    `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
     select $1, $2, conversation, 1, to_timestamp(written) at time zone 'UTC', now()
     from unnest($3::int[], $4::float8[]) as row (conversation, written)`,
    [desk.accountId, random.pick(desk.inboxes), rows.map(([id]) => id), rows.map(([, written]) => written)],
  )
}

const record: Act = async (tx, desk, random) => {
  const conversation = known(desk, random)
  for (let n = 0; n < 2; n++) {
    await run(
      tx,
      `insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, ${at(8)}, now())`,
      [
        random.pick(eventNames),
        Math.floor(random.between(0, 90_000)),
        random.chance(0.8) ? Math.floor(random.between(0, 9000)) : null,
        desk.accountId,
        random.pick(desk.inboxes),
        random.pick([...desk.agents, null]),
        conversation,
        instantIn(random),
      ],
    )
  }
}

const answerSurvey: Act = async (tx, desk, random) => {
  await run(
    tx,
    `insert into csat_survey_responses (account_id, conversation_id, message_id, rating, contact_id, assigned_agent_id, created_at, updated_at)
     values ($1, $2, nextval('messages_id_seq'), $3, 1, $4, ${at(5)}, now())`,
    [desk.accountId, known(desk, random), random.pick([1, 2, 3, 4, 5]), random.pick(desk.agents), instantIn(random)],
  )
}

/** A conversation goes to another team, agent and inbox, with all that it ever had; at times its creation is redated. */
const move: Act = async (tx, desk, random) => {
  const values = [desk.accountId, known(desk, random), random.pick([...desk.teams, null]), random.pick(desk.agents)]
  await run(
    tx,
    `update conversations set team_id = $3, assignee_id = $4, inbox_id = $5, created_at = case when $6 then ${at(7)} else created_at end
     where id = (select id from conversations where account_id = $1 and id = $2 for update skip locked)`,
    [...values, random.pick(desk.inboxes), random.chance(0.1), instantIn(random)],
  )
}

const label: Act = (tx, desk, random) => tag(tx, desk, random, known(desk, random))

const unlabel: Act = async (tx, desk, random) => {
  await run(
    tx,
    `delete from taggings where id in (
       select id from taggings where taggable_id = $1 and taggable_type = 'Conversation' for update skip locked)`,
    [known(desk, random)],
  )
}

/** One row of a table of this account, chosen at random and locked, for `update … where <that>`. */
const someRow = (table: string, conversation: number) =>
  `(id, created_at) = (select id, created_at from ${table} where account_id = $1 and conversation_id = $${conversation}
    order by id desc limit 1 for update skip locked)`

/** An event or message is corrected: another time (at times another month), agent or value. */
const correct: Act = async (tx, desk, random) => {
  const [accountId, conversation, when] = [desk.accountId, known(desk, random), instantIn(random)]
  if (random.chance(0.5)) {
    const values = [accountId, conversation, when, random.pick(desk.agents)]
    await run(tx, `update messages set created_at = ${at(3)}, sender_id = $4 where ${someRow('messages', 2)}`, values)
  } else {
    const values = [accountId, conversation, when, random.pick(eventNames), Math.floor(random.between(0, 900))]
    const text = `update reporting_events set created_at = ${at(3)}, name = $4, value = $5 where ${someRow('reporting_events', 2)}`
    await run(tx, text, values)
  }
}

const erase: Act = async (tx, desk, random) => {
  const table = random.pick(['messages', 'reporting_events', 'csat_survey_responses'])
  await run(tx, `delete from ${table} where account_id = $1 and ${someRow(table, 2)}`, [desk.accountId, known(desk, random)])
}

/** A conversation is deleted and leaves its messages and events behind, as Chatwoot's clean-up in batches does. */
const remove: Act = async (tx, desk, random) => {
  const id = known(desk, random)
  const gone = await maybeOne(
    tx,
    `delete from conversations
     where id = (select id from conversations where account_id = $1 and id = $2 for update skip locked) returning id`,
    [desk.accountId, id],
  )
  return () => {
    if (gone) desk.conversations = desk.conversations.filter((other) => other !== id)
  }
}

const rename = (table: 'labels' | 'tags', column: 'title' | 'name'): Act => {
  return async (tx, desk, random) => {
    const { id, tagId } = random.pick(desk.labels)
    await run(
      tx,
      `update ${table} set ${column} = case when ${column} like '%-was' then left(${column}, -4) else ${column} || '-was' end
       where id = (select id from ${table} where id = $1 for update skip locked)`,
      [table === 'labels' ? id : tagId],
    )
  }
}

const known = (desk: Desk, random: Random): number => (desk.conversations.length > 0 ? random.pick(desk.conversations) : 0)

/** What may happen, and how often in proportion. Insertions alone are enough for a reader that goes by ids to miss some. */
export const insertions = [
  { weight: 20, act: open },
  { weight: 25, act: write },
  { weight: 10, act: writeMany },
  { weight: 20, act: record },
  { weight: 5, act: answerSurvey },
]
export const everything = [
  ...insertions,
  { weight: 10, act: move },
  { weight: 8, act: label },
  { weight: 3, act: unlabel },
  { weight: 5, act: correct },
  { weight: 4, act: erase },
  { weight: 2, act: remove },
  { weight: 0.3, act: rename('labels', 'title') },
  { weight: 0.3, act: rename('tags', 'name') },
]
