// A queue may give a job out twice, late, or to two workers at once. So every job, run again and again or twice at once on a
// desk with something to do, leaves the rows of one run, to the last column but those that say when.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { one, openPool, run, type Pool } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import type { Job, JobContext } from '../../src/job.ts'
import { log } from '../../src/log.ts'
import { migrate } from '../../src/migrate.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { DUE, berlinDigest, openBerlin } from '../digests/desk.ts'
import { keep } from '../retention/desk.ts'
import { createDatabase, templateDatabase, type TestDatabase } from '../support/database.ts'
import { drain } from '../support/recompute.ts'
import { tidemarkRows } from '../support/tidemark-rows.ts'

interface Scene {
  pool: Pool
  accountId: number
}

/** What a job finds to do. Each returns the job's payload. */
const scenes: Record<string, (scene: Scene) => Promise<Record<string, unknown> | void>> = {
  async sweep({ pool }) {
    await run(pool, `update tags set name = 'renamed' where id = (select min(id) from tags)`)
  },
  'roll-account': async ({ accountId }) => ({ accountId }),
  async 'follow-zones'({ pool, accountId }) {
    await drain(pool, DUE)
    await run(pool, `update accounts set settings = '{"reporting_timezone": "Asia/Kathmandu"}' where id = $1`, [accountId])
  },
  async 'follow-definitions'({ pool }) {
    await drain(pool, DUE)
    await run(pool, `update tidemark.accounts set definitions = '0'`)
  },
  async 'resume-backfills'(scene) {
    await askForBackfill(scene)
  },
  'backfill-account': async (scene) => ({ accountId: scene.accountId, backfillId: await askForBackfill(scene) }),
  async reconcile({ pool }) {
    await drain(pool, DUE)
    const wrong = `update tidemark.rollup_hourly set incoming_messages = incoming_messages + 1 where bucket > to_timestamp($1)`
    expect(await run(pool, wrong, [DUE - 86_400])).toBeGreaterThan(0)
  },
  async 'plan-digests'({ pool }) {
    await drain(pool, DUE)
  },
  async 'compose-digests'({ pool }) {
    await drain(pool, DUE)
    await planDueDigests(pool, DUE)
  },
  async 'deliver-digests'({ pool }) {
    await drain(pool, DUE)
    await planDueDigests(pool, DUE)
    await composeDueDigests(pool, DUE)
  },
  async purge({ pool, accountId }) {
    await drain(pool, DUE)
    await keep(pool, accountId, { raw: 8, hourly: 10 })
  },
}

async function askForBackfill({ pool, accountId }: Scene): Promise<number> {
  await run(pool, `update tidemark.accounts set covered = '{}'`)
  return (await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'again' })).id
}

/** A desk whose history is marked and not rolled, with a digest for two people that is due. */
const template = () =>
  templateDatabase('busy_desk', async (url) => {
    await migrate(url)
    const pool = openPool(url)
    await run(pool, `select ensure_raw_months('2026-02-01', '2026-04-01')`)
    const desk = await openBerlin(pool, 12)
    await berlinDigest(pool, desk, { recipients: ['ana@example.com', 'ben@example.com'], formats: ['csv'] })
    await pool.end()
  })

let databases: TestDatabase[] = []
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: (DUE + 60) * 1000 }))
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(databases.map((database) => database.drop()))
  databases = []
})

interface Stage {
  /** Runs the job once. */
  once(): Promise<void>
  /** Every row, and what was put into queues: under an id it is there once however often it is put. */
  state(): Promise<string[]>
}

/** A database of its own for a job, with something for it to do. */
async function stage(job: Job, scene: (scene: Scene) => Promise<Record<string, unknown> | void>): Promise<Stage> {
  const database = await createDatabase({ template: await template() })
  databases.push(database)
  const { pool, url } = database
  const { id: accountId } = await one<{ id: number }>(pool, 'select id from accounts')
  const payload = job.payload.parse((await scene({ pool, accountId })) ?? {})
  const enqueued = new Set<string>()
  const enqueue: JobContext['enqueue'] = async (other, given, { id } = {}) => {
    const text = `enqueued ${other.name} ${id} ${JSON.stringify(given)}`
    expect(id, `${text} without an id`).toBeDefined()
    enqueued.add(text)
    return text
  }
  const context = { pool, url, enqueue, log, signal: new AbortController().signal, progress: async () => {} }
  return {
    once: async () => void (await job.run(payload, context)),
    state: async () => [...(await tidemarkRows(pool)), ...[...enqueued].sort()],
  }
}

/** What differs from one run: after each of four more, and after two at once elsewhere. */
async function differencesFromOneRun(job: Job, scene: (scene: Scene) => Promise<Record<string, unknown> | void>) {
  const [again, atOnce] = [await stage(job, scene), await stage(job, scene)]
  const before = await again.state()
  await again.once()
  const rows = await again.state()
  expect(rows, `${job.name} had nothing to do`).not.toEqual(before)
  const compare = (how: string, others: string[]) => [
    ...rows.filter((row) => !others.includes(row)).map((row) => `${how}: missing ${row}`),
    ...others.filter((row) => !rows.includes(row)).map((row) => `${how}: more ${row}`),
    ...(others.length === rows.length ? [] : [`${how}: ${others.length} rows instead of ${rows.length}`]),
  ]
  const found: string[] = []
  for (let runs = 2; runs <= 5; runs++) {
    await again.once()
    found.push(...compare(`${runs} times`, await again.state()))
  }
  await Promise.all([atOnce.once(), atOnce.once()])
  return [...found, ...compare('twice at once', await atOnce.state())]
}

describe('the rows of one run are left by any number of runs, and by two at once', () => {
  test.for([...jobs])('$name', { timeout: 120_000 }, async (job) => {
    const scene = scenes[job.name]
    if (!scene) throw new Error(`${job.name} is a new job: give it something to do in scenes, so that it is run again here`)
    expect(await differencesFromOneRun(job, scene)).toEqual([])
  })

  test('every scene is that of a job', () => {
    expect(Object.keys(scenes).sort()).toEqual(jobs.map(({ name }) => name).sort())
  })
})

test('a job that adds to what is there would be noticed', async () => {
  const rollAccount = jobs.find(({ name }) => name === 'roll-account')!
  const adding: Job = {
    ...rollAccount,
    async run(payload, context) {
      const counts = await rollAccount.run(payload, context)
      await run(context.pool, 'update tidemark.rollup_hourly set incoming_messages = incoming_messages + 1')
      return counts
    },
  }
  const found = await differencesFromOneRun(adding, scenes['roll-account']!)
  expect(found.some((line) => line.startsWith('2 times'))).toBe(true)
  expect(found.some((line) => line.startsWith('twice at once'))).toBe(true)
})
