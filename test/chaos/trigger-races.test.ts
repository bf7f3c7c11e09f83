import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { one, run, type Client, type Pool } from '../../src/db.ts'
import { migrate } from '../../src/migrate.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { attach } from '../../src/source/attach.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, writeHistory, type Desk } from '../support/desk.ts'
import { intercept } from '../support/intercept.ts'
import { backlog, deadlocks, differences, drain, somebodyWaits } from '../support/recompute.ts'
import { reportDifferences } from '../support/report-differences.ts'

/*
 * The story: two transactions change one conversation and neither sees the other. A moves it (or labels it, or renames its
 * label) and stays open. B adds a row to it, commits, and a roll files B's row under what the conversation is for everybody
 * else: the old team. Then A commits. A's trigger could not know of B's row, so if it had marked hours, B's hour would
 * stay under the old team for ever. It marks the conversation, and the hours are looked up after both have committed.
 */

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(async () => {
  expect(await deadlocks(db.pool)).toBe(0)
  await db.drop()
})

const at = (seconds: number) => `to_timestamp(${OPENED + seconds}) at time zone 'UTC'`
const [HOUR, DAY] = [3600, 86_400] as const

/** A conversation with the first label, created in the first hour; something happens to it hours and days later. */
interface Scene {
  desk: Desk
  conversation: number
}

type Step = (tx: Client, scene: Scene) => Promise<unknown>

async function setScene(pool = db.pool): Promise<Scene> {
  const desk = await openDesk(pool, 'Asia/Kolkata')
  await writeHistory(pool, desk, 12)
  const { id } = await one<{ id: number }>(
    pool,
    `insert into conversations (account_id, inbox_id, team_id, display_id, created_at, updated_at)
     values ($1, $2, $3, 0, ${at(600)}, now()) returning id`,
    [desk.accountId, desk.inboxes[0], desk.teams[0]],
  )
  const scene = { desk, conversation: id }
  await run(pool, tagging, [desk.labels[1]!.tagId, id])
  await run(pool, event(2 * DAY), [desk.accountId, id])
  await drain(pool)
  return scene
}

const tagging = `insert into taggings (tag_id, taggable_type, taggable_id, context) values ($1, 'Conversation', $2, 'labels')`
const message = (seconds: number) =>
  `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
   values ($1, 1, $2, 0, ${at(seconds)}, now())`
const event = (seconds: number, name = 'conversation_resolved') =>
  `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
   values ('${name}', 777, $1, 1, $2, ${at(seconds)}, now())`

const says: Step = (tx, { desk, conversation }) => run(tx, message(3 * DAY), [desk.accountId, conversation])
const resolves: Step = (tx, { desk, conversation }) => run(tx, event(4 * DAY), [desk.accountId, conversation])
const handsOff: Step = (tx, { desk, conversation }) =>
  run(tx, event(4 * DAY, 'conversation_bot_handoff'), [desk.accountId, conversation])
const botResolves: Step = (tx, { desk, conversation }) =>
  run(tx, event(5 * DAY, 'conversation_bot_resolved'), [desk.accountId, conversation])
const rates: Step = (tx, { desk, conversation }) =>
  run(
    tx,
    `insert into csat_survey_responses (account_id, conversation_id, message_id, rating, contact_id, created_at, updated_at)
     values ($1, $2, nextval('messages_id_seq'), 5, 1, ${at(3 * DAY)}, now())`,
    [desk.accountId, conversation],
  )
const moves: Step = (tx, { desk, conversation }) =>
  run(tx, 'update conversations set team_id = $2, inbox_id = $3 where id = $1', [conversation, desk.teams[1], desk.inboxes[1]])
const labels: Step = (tx, { desk, conversation }) => run(tx, tagging, [desk.labels[2]!.tagId, conversation])
const unlabels: Step = (tx, { conversation }) => run(tx, 'delete from taggings where taggable_id = $1', [conversation])
const relabels: Step = (tx, { desk, conversation }) =>
  run(tx, 'update taggings set tag_id = $2 where taggable_id = $1', [conversation, desk.labels[3]!.tagId])
const renamesLabel: Step = (tx, { desk }) =>
  run(tx, `update labels set title = 'other-' || id where id = $1`, [desk.labels[1]!.id])
const renamesTag: Step = (tx, { desk }) => run(tx, `update tags set name = 'other-' || id where id = $1`, [desk.labels[1]!.tagId])
const namesLabelLikeTag: Step = (tx, { desk }) =>
  run(tx, `update labels set title = 'spare-' || $2::int where id = $1`, [desk.labels[3]!.id, desk.accountId])
const namesTagLikeLabel: Step = (tx, { desk }) =>
  run(tx, `update tags set name = 'spare-' || $2::int where id = $1`, [desk.labels[1]!.tagId, desk.accountId])
const deletes: Step = (tx, { conversation }) => run(tx, 'delete from conversations where id = $1', [conversation])
const redates: Step = (tx, { conversation }) =>
  run(tx, `update conversations set created_at = ${at(12 * DAY)} where id = $1`, [conversation])
/** From February into March: the row goes to another partition, for which PostgreSQL fires no trigger after the update. */
const redatesEvent: Step = (tx, { conversation }) =>
  run(tx, `update reporting_events set created_at = ${at(12 * DAY)} where conversation_id = $1`, [conversation])

/** Steps about a conversation that is only now opened, as when tables are copied side by side. */
const unseen = ({ conversation }: Scene) => conversation + 1_000_000
const opens: Step = (tx, scene) =>
  run(
    tx,
    `insert into conversations (id, account_id, inbox_id, team_id, display_id, created_at, updated_at)
     values ($1, $2, $3, $4, 0, ${at(5 * DAY)}, now())`,
    [unseen(scene), scene.desk.accountId, scene.desk.inboxes[0], scene.desk.teams[0]],
  )
const saysUnseen: Step = (tx, scene) => says(tx, { ...scene, conversation: unseen(scene) })
const resolvesUnseen: Step = (tx, scene) => resolves(tx, { ...scene, conversation: unseen(scene) })
const labelsUnseen: Step = (tx, scene) => labels(tx, { ...scene, conversation: unseen(scene) })

const races: [string, Step, Step][] = [
  ['A opens a conversation; B writes a message to it', opens, saysUnseen],
  ['A opens a conversation; B labels it', opens, labelsUnseen],
  ['A writes a message; B opens its conversation', saysUnseen, opens],
  ['A resolves; B opens the conversation', resolvesUnseen, opens],
  ['A labels; B opens the conversation', labelsUnseen, opens],
  ['A moves the conversation; B writes a message', moves, says],
  ['A moves the conversation; B resolves it', moves, resolves],
  ['A moves the conversation; B rates it', moves, rates],
  ['A moves the conversation; B labels it', moves, labels],
  ['A moves the conversation; a bot hands it off', moves, handsOff],
  ['A writes a message; B moves the conversation', says, moves],
  ['A labels; B writes a message', labels, says],
  ['A labels; B resolves', labels, resolves],
  ['A takes the labels away; B resolves', unlabels, resolves],
  ['A changes the label; B resolves', relabels, resolves],
  ['A renames the label; B labels another way', renamesLabel, relabels],
  ['A renames the label; B resolves', renamesLabel, resolves],
  ['A renames the tag; B resolves', renamesTag, resolves],
  ['A renames the tag; B writes a message', renamesTag, says],
  ['A names a label as B names a tag', namesLabelLikeTag, namesTagLikeLabel],
  ['A names a tag as B names a label', namesTagLikeLabel, namesLabelLikeTag],
  ['A resolves, which counts for the day of creation; B labels', resolves, labels],
  ['A resolves; B takes the labels away', resolves, unlabels],
  ['A resolves; B redates the creation', resolves, redates],
  ['A redates the creation; B resolves', redates, resolves],
  ['A hands off; a bot resolves later', handsOff, botResolves],
  ['A bot resolves; B hands off earlier', botResolves, handsOff],
  ['A redates an event into another month; B labels', redatesEvent, labels],
  ['A deletes the conversation; B writes a message', deletes, says],
  ['A deletes the conversation; B hands it off', deletes, handsOff],
  ['A resolves; B deletes the conversation', resolves, deletes],
]

const report = ({ desk }: Scene, pool = db.pool) => reportDifferences(pool, desk.accountId, OPENED, CLOSED)

describe('two transactions that do not see each other', () => {
  test.for(races)('%s', async ([, first, second]) => {
    const scene = await setScene()
    const [a, b] = [await db.pool.connect(), await db.pool.connect()]
    try {
      await a.query('begin')
      await first(a, scene)
      await b.query('begin')
      await second(b, scene)
      await b.query('commit')
      expect(await report(scene)).toEqual([])
      await drain(db.pool)
      expect(await report(scene)).toEqual([])
      await a.query('commit')
      expect(await backlog(db.pool)).toBeGreaterThan(0)
      expect(await report(scene)).toEqual([])
      await drain(db.pool)
      expect([...(await report(scene)), ...(await differences(db.pool, [scene.desk.accountId]))]).toEqual([])
    } finally {
      a.release()
      b.release()
    }
  })
})

test('a trigger that marks the hours it sees itself would be noticed', async () => {
  const broken = await createDeskDatabase()
  await broken.pool.query(`
    create or replace function tidemark.mark_moved_conversation() returns trigger language plpgsql as $$
    begin
      insert into tidemark.dirty_hours (account_id, hour)
      select new.account_id, tidemark.quarter(created_at) from messages where conversation_id = new.id
      union select new.account_id, tidemark.quarter(created_at) from reporting_events where conversation_id = new.id
      union select new.account_id, tidemark.quarter(new.created_at);
      return null;
    end $$`)
  const scene = await setScene(broken.pool)
  const [a, b] = [await broken.pool.connect(), await broken.pool.connect()]
  await a.query('begin')
  await moves(a, scene)
  await says(b, scene)
  await drain(broken.pool)
  await a.query('commit')
  a.release()
  b.release()
  await drain(broken.pool)
  expect(await reportDifferences(broken.pool, scene.desk.accountId, OPENED, CLOSED)).not.toEqual([])
  await broken.drop()
})

// On desks of their own: a truncation marks every account.
describe('a truncation and a roll at once', () => {
  let lone: TestDatabase
  beforeEach(async () => void (lone = await createDeskDatabase()))
  afterEach(async () => {
    expect(await deadlocks(lone.pool)).toBe(0)
    await lone.drop()
  })
  test.for(['messages', 'conversations', 'taggings', 'reporting_events'])('%s: the roll waits', async (table) => {
    const scene = await setScene(lone.pool)
    await run(lone.pool, message(6 * DAY), [scene.desk.accountId, scene.conversation])
    const truncating = await lone.pool.connect()
    await truncating.query(`begin; truncate ${table}`)
    const rolled = rollDirty(lone.pool, scene.desk.accountId)
    await somebodyWaits(lone.pool)
    await truncating.query('commit')
    truncating.release()
    await rolled
    expect(await report(scene, lone.pool)).toEqual([])
    await drain(lone.pool)
    expect(await differences(lone.pool, [scene.desk.accountId])).toEqual([])
  })
  test('messages: the truncation waits for a roll that has read and not committed', async () => {
    const scene = await setScene(lone.pool)
    await run(lone.pool, message(6 * DAY), [scene.desk.accountId, scene.conversation])
    const truncating = await lone.pool.connect()
    let truncated: Promise<unknown> | undefined
    let read = false
    const pausing = intercept(lone.pool, {
      before: async (text) => {
        read ||= text.includes('insert into tidemark.rollup_hourly')
        if (text !== 'commit' || !read || truncated) return
        truncated = truncating.query('truncate messages')
        await somebodyWaits(lone.pool)
      },
    })
    await rollDirty(pausing, scene.desk.accountId)
    await truncated
    truncating.release()
    expect(await report(scene, lone.pool)).toEqual([])
    await drain(lone.pool)
    expect(await differences(lone.pool, [scene.desk.accountId])).toEqual([])
  })
})

test('an account that is opened while Tidemark attaches, before its triggers are there, is not taken for marked', async () => {
  const attached = await createDatabase()
  await migrate(attached.url)
  await attached.pool.query('drop schema tidemark cascade')
  await attached.pool.query(readFileSync(new URL('../support/facts.sql', import.meta.url), 'utf8'))
  const opening = await attached.pool.connect()
  await opening.query('begin')
  const desk = await openDesk(opening as unknown as Pool, 'UTC')
  await writeHistory(opening, desk, 10)
  const attaching = attach(attached.pool, attached.url)
  await somebodyWaits(attached.pool)
  await opening.query('commit')
  opening.release()
  await attaching
  await run(attached.pool, message(3 * HOUR), [desk.accountId, desk.conversations[0]])
  await drain(attached.pool)
  expect(await reportDifferences(attached.pool, desk.accountId, OPENED, CLOSED)).toEqual([])
  await attached.drop()
})
