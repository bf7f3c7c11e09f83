// The promise: whatever happens to the raw rows, and however much of it has been rolled, answers are those of the raw rows.
// Stories by lot: rows come early and late, change, move, vanish; labels and tags are renamed; workers roll some of it, all of
// it, or begin and stop; the desk moves to another time zone, days pass. In between questions are asked of Tidemark and of an
// oracle that shares nothing with it (test/support/oracle). TIDEMARK_SEED tells a story again, TIDEMARK_RUNS how many to tell.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { run } from '../../src/db.ts'
import { metricNames } from '../../src/rollups/metrics.ts'
import { recordRoll } from '../../src/rollups/rolling/record-roll.ts'
import { attach } from '../../src/source/attach.ts'
import { compareBreakdowns } from '../support/compare-breakdowns.ts'
import { compare } from '../support/compare.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { emptyChatwoot } from '../support/incident-log.ts'
import { installOracle, truth } from '../support/oracle.ts'
import { accounts, insert, openDesks } from '../support/random-rows.ts'
import { createStoryDesks } from '../support/random-desks.ts'
import { tellStory, type Story } from '../support/random-story.ts'
import { backfillAll, markEverything, rollAll, rolledRows, unequalSums } from '../support/rolled-rows.ts'
import { scaled } from '../support/seed.ts'
import { announceMissing, sharedFolder } from '../support/shared.ts'

const times = scaled('TIDEMARK_RUNS', 1)
const shared = sharedFolder()
if (!shared) announceMissing('stories on Chatwoot’s own tables (those on ours are told)')

/** Chatwoot's tables, with the same in them. */
async function attached(): Promise<TestDatabase> {
  const database = await createDatabase({ template: await emptyChatwoot(shared!) })
  await attach(database.pool, database.url)
  await installOracle(database.pool)
  await openDesks(database.pool)
  return database
}

const kinds = [{ name: 'our own tables', open: createStoryDesks, first: 0 }]
if (shared) kinds.push({ name: 'Chatwoot’s tables', open: attached, first: 1e6 })

describe.each(kinds)('stories on $name', ({ open, first }) => {
  let database: TestDatabase
  beforeAll(async () => void (database = await open()))
  afterAll(() => database?.drop())
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    return () => vi.useRealTimers()
  })

  test(
    'at every point of every story, answers are those of the raw rows',
    async () => {
      const stories = times > 1 ? 15 * times : 10
      const answered = { rollup: 0, mixed: 0, raw: 0 }
      // Questions about nothing prove nothing: there must be some of each kind that had an answer. Most lots of stories have
      // them by then; where history begins late and is rolled seldom, more are told.
      const enough = () => Math.min(...Object.values(answered)) > stories / 20
      for (let told = 0; told < stories || (!enough() && told < 4 * stories); told++) {
        const story = await tellStory(database.pool, first + told)
        for (const source of ['rollup', 'mixed', 'raw'] as const) answered[source] += story.answered[source]
      }
      expect(answered).toSatisfy(enough)
    },
    300_000 * times,
  )

  test(
    'what is rolled little by little is what is rolled at once, and is the same when it is rolled again',
    async () => {
      const { pool } = database
      for (let number = first + 1e5; number < first + 1e5 + 4 * times; number++) {
        const { desk, middle } = await tellStory(pool, number)
        for (const account of accounts) await backfillAll(pool, account)
        const changes = [await desk.change(), await desk.change(), await desk.change()]
        // Days that have ended meanwhile get rows, some of them from hours rolled long ago.
        vi.setSystemTime((middle + 30 * 86400) * 1000)
        for (const account of accounts)
          await run(pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, now())`, [account])
        await rollAll(pool)
        const little = await rolledRows(pool)
        await markEverything(pool)
        await rollAll(pool)
        expect(await rolledRows(pool), `story ${number}, then ${changes.join('; ')}, rolled again`).toEqual(little)
        for (const account of accounts) await backfillAll(pool, account)
        expect(await rolledRows(pool), `story ${number}, then ${changes.join('; ')}, rolled at once`).toEqual(little)
        expect(await unequalSums(pool)).toEqual([])
      }
    },
    120_000 * times,
  )

  describe('the comparison notices', () => {
    /** A desk whose history is rolled, and a question about all of it. */
    async function rolledDesk(): Promise<Story> {
      const story = await tellStory(database.pool, first + 2e5)
      const at = new Date(story.middle * 1000).toISOString()
      const message = {
        id: 1e7,
        account_id: 1,
        inbox_id: 11,
        conversation_id: 1,
        message_type: 0,
        created_at: at,
        updated_at: at,
      }
      await insert(database.pool, 'messages', [message])
      for (const account of accounts) await backfillAll(database.pool, account)
      await rollAll(database.pool)
      expect(await lies(story)).toEqual([])
      return story
    }

    async function lies({ middle }: Story): Promise<string[]> {
      const periods = { dimension: 'account', since: middle - 3600 * 24 * 120, until: middle + 3600 * 24 * 60 } as const
      const asked = {
        ...periods,
        zone: 'UTC',
        grouping: 'none',
        firstWeekday: 1,
        metrics: metricNames,
        businessHours: false,
      } as const
      return (await compare(database.pool, 1, asked, await truth(database.pool, 1, asked))).lies
    }

    const resolve = ({ middle }: Story) => {
      const at = new Date(middle * 1000).toISOString()
      const event = { id: 1e7, name: 'conversation_resolved', value: 1, account_id: 1, created_at: at, updated_at: at }
      return insert(database.pool, 'reporting_events', [event])
    }

    test('a trigger that is missing', async () => {
      const story = await rolledDesk()
      await run(database.pool, 'alter table reporting_events disable trigger tidemark_inserted')
      await resolve(story)
      await run(database.pool, 'alter table reporting_events enable trigger tidemark_inserted')
      expect((await lies(story)).join()).toContain('resolutions_count')
    })

    test('a mark that is lost', async () => {
      const story = await rolledDesk()
      await resolve(story)
      expect(await lies(story)).toEqual([])
      await run(database.pool, 'delete from tidemark.dirty_hours')
      expect((await lies(story)).join()).toContain('resolutions_count')
    })

    test('a rolled row that is wrong', async () => {
      const story = await rolledDesk()
      for (const table of ['rollup_hourly', 'rollup_daily', 'rollup_monthly'])
        await run(database.pool, `update tidemark.${table} set incoming_messages = incoming_messages + 1 where dimension = 0`)
      await recordRoll(database.pool, 1)
      expect((await lies(story)).join()).toContain('incoming_messages_count')
    })

    test('a row by tag and inbox that is wrong, and one that is missing', async () => {
      const { middle } = await rolledDesk()
      const { pool } = database
      const range = { since: middle - 3600 * 24 * 120, until: middle + 3600 * 24 * 60 }
      const at = { created_at: new Date((middle - 20 * 86400) * 1000).toISOString(), updated_at: '2011-01-01' }
      const place = { account_id: 1, inbox_id: 11 }
      await insert(pool, 'conversations', [{ id: 1e7, ...place, display_id: 1e7, last_activity_at: '2011-01-01', ...at }])
      await insert(pool, 'taggings', [
        { id: 1e7, tag_id: 81, taggable_type: 'Conversation', taggable_id: 1e7, context: 'labels', created_at: at.created_at },
      ])
      await rollAll(pool)
      for (const account of accounts) expect(await compareBreakdowns(database.pool, account, range)).toEqual([])
      const both = async () => (await compareBreakdowns(pool, 1, range)).join()
      for (const table of ['tagged_daily', 'tagged_monthly'])
        await run(
          database.pool,
          `update tidemark.${table} set outgoing_messages = outgoing_messages + 1, conversations = conversations + 1`,
        )
      await recordRoll(pool, 1)
      expect(await both()).toContain('told and not by the raw rows')
      for (const table of ['tagged_daily', 'tagged_monthly']) await run(pool, `delete from tidemark.${table}`)
      await recordRoll(pool, 1)
      expect(await both()).toContain('by the raw rows and not told')
    })
  })
})
