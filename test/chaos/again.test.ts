// A queue may give a job out twice, late, or to two workers at once. So every job, run again and again or twice at once on a
// desk with something to do, leaves the rows of one run, to the last column but those that say when.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { jobs } from '../../jobs/list.ts'
import { one, run } from '../../src/db.ts'
import type { Job, JobContext } from '../../src/job.ts'
import { log } from '../../src/log.ts'
import { DUE } from '../digests/desk.ts'
import { createDatabase, templateDatabase, type TestDatabase } from '../support/database.ts'
import { tidemarkRows } from '../support/tidemark-rows.ts'
import { makeBusyDesk, scenes, type Scene } from './scenes.ts'

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
  const database = await createDatabase({ template: await templateDatabase('busy_desk', makeBusyDesk) })
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
