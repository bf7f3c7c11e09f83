import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { LANES } from '../../src/digests/delivery/deliver.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { programArguments } from '../support/program.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { DUE, openBerlin } from './desk.ts'
import { people, queuedDigest } from './post.ts'
import { startSmtp, type SmtpRecorder } from './smtp.ts'

const KILLS = scaled('TIDEMARK_KILLS', 5)
const RECIPIENTS = Math.min(1000, KILLS * 20)
const STOPS = scaled('TIDEMARK_STOPS', 2)
/** Longer than a lease: what a killed worker was sending is then known to be in doubt. */
const LATER = 3600

let database: TestDatabase
let desk: Desk
let smtp: SmtpRecorder
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 40)
  smtp = await startSmtp()
})
afterAll(async () => {
  await smtp.close()
  await database.drop()
})

const start = (now: number) =>
  spawn(
    process.execPath,
    [...programArguments('test/digests/deliver-child.ts'), database.url, smtp.url, String(now), '/nowhere'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )

interface Row extends Record<string, unknown> {
  recipient: string
  state: string
  doubts: number
  begun: boolean
}
const rows = () =>
  many<Row>(
    database.pool,
    `select recipient, state, doubts, begun_at is not null as begun from tidemark.deliveries where account_id = $1 and kind = 'digest'`,
    [desk.accountId],
  )
const copiesOf = (recipient: string) => smtp.taken.filter((mail) => mail.to === recipient).length

/** What a worker has claimed as it ends or stands still: mails that the server has asked it for, and others. */
async function claimed(): Promise<{ inFlight: number; unbegun: number }> {
  const sending = (await rows()).filter(({ state }) => state === 'sending')
  expect(sending.length).toBeLessThanOrEqual(LANES)
  const inFlight = sending.filter(({ begun }) => begun).length
  return { inFlight, unbegun: sending.length - inFlight }
}

/** Nobody is missed, and second copies are of mails that were in flight as a worker ended or stood still, at most so many. */
async function expectOneEach(inFlight: number): Promise<void> {
  const settled = await rows()
  expect(settled.filter((row) => row.state !== 'sent' && row.state !== 'uncertain')).toEqual([])
  // Cut off twice while its bytes flowed: nobody can know, so a person is shown it. All others have it.
  const missed = settled.filter((row) => copiesOf(row.recipient) === 0)
  expect(missed.filter((row) => row.state !== 'uncertain' || row.doubts < 2)).toEqual([])
  // Whatever was cut off before the server had asked for it is no doubt, and there is one copy of it.
  expect(settled.filter((row) => row.doubts === 0 && copiesOf(row.recipient) !== 1)).toEqual([])
  const twice = settled.filter((row) => copiesOf(row.recipient) > 1)
  expect(twice.every((row) => row.doubts > 0 && copiesOf(row.recipient) === 2)).toBe(true)
  expect(twice.length).toBeLessThanOrEqual(inFlight)
  expect(new Set(smtp.taken.map(({ messageId }) => messageId)).size).toBe(settled.length - missed.length)
}

/** Starts a worker and kills it, a few milliseconds after the server has taken its nth mail. */
async function killedWorker(now: number, mails: number, milliseconds: number): Promise<void> {
  const mark = smtp.taken.length + mails
  const worker = start(now)
  await once(worker.stdout, 'data')
  while (worker.exitCode === null && smtp.taken.length < mark) await pause(1)
  await pause(milliseconds)
  worker.kill('SIGKILL')
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit')
}

// Workers are killed with SIGKILL at random points of a run: between claim and dialogue, within it, after the server took
// the mail and before the row said so.
test(
  `workers killed ${KILLS} times: nobody is missed, no sent row is sent again, and second copies are those in flight at a kill`,
  async () => {
    const random = randomOf('kill')
    await queuedDigest(database.pool, desk, { recipients: people(RECIPIENTS) })
    let now = DUE
    let inFlight = 0
    let unbegun = 0
    const sentBefore = new Map<string, number>()
    for (let kill = 0; kill < KILLS; kill++) {
      await killedWorker(now, Math.floor(random.between(1, RECIPIENTS / KILLS)), random.between(0, 8))
      const left = await claimed()
      inFlight += left.inFlight
      unbegun += left.unbegun
      for (const { recipient, state } of await rows())
        if (state === 'sent' && !sentBefore.has(recipient)) sentBefore.set(recipient, copiesOf(recipient))
      now += LATER
    }
    for (let i = 0; i < 3; i++) await once(start((now += LATER)), 'exit')
    console.info(
      `kill: ${inFlight} mails in flight at a kill, ${unbegun} more claimed, ${smtp.taken.length} copies of ${RECIPIENTS} mails`,
    )
    await expectOneEach(inFlight)
    for (const [recipient, copies] of sentBefore) expect(copiesOf(recipient)).toBe(copies)
    expect(inFlight + unbegun).toBeGreaterThan(0)
  },
  60_000 + KILLS * 20_000,
)

/** Has a worker stand still as the server is at its nth mail: as the recipient is named, or as the mail has been taken. */
async function stoppedWorker(moment: 'onAddressed' | 'onTaken', mails: number): Promise<ChildProcess> {
  const worker = start(DUE)
  let seen = 0
  await new Promise<void>((stopped) => {
    smtp[moment] = () => {
      if (++seen !== mails) return
      worker.kill('SIGSTOP')
      stopped()
    }
  })
  smtp[moment] = undefined
  // What it had told the database is done by then.
  await pause(300)
  return worker
}

// Nobody is dead here: both workers send at the same time, and the first still has mails that the second has taken over.
test(
  `workers that stand still for longer than a lease ${STOPS} times, and go on beside another: the same`,
  async () => {
    const random = randomOf('stop')
    desk = await openBerlin(database.pool, 20)
    smtp.reset()
    const everybody = people(STOPS * 20)
    let inFlight = 0
    let unbegun = 0
    for (let stop = 0; stop < STOPS; stop++) {
      await queuedDigest(database.pool, desk, { recipients: everybody.slice(stop * 20, stop * 20 + 20) })
      const stopped = await stoppedWorker(stop % 2 === 0 ? 'onAddressed' : 'onTaken', Math.floor(random.between(1, 10)))
      const left = await claimed()
      inFlight += left.inFlight
      unbegun += left.unbegun
      const age = `update tidemark.deliveries set claimed_at = claimed_at - make_interval(secs => $2) where account_id = $1 and state = 'sending'`
      await run(database.pool, age, [desk.accountId, LATER])
      const mark = smtp.taken.length + Math.floor(random.between(1, 10))
      const other = start(DUE)
      const ends = [stopped, other].map((worker) => once(worker, 'exit'))
      while (other.exitCode === null && smtp.taken.length < mark) await pause(1)
      stopped.kill('SIGCONT')
      expect(await Promise.all(ends)).toEqual([
        [0, null],
        [0, null],
      ])
    }
    await once(start(DUE + LATER), 'exit')
    console.info(
      `stop: ${inFlight} mails in flight, ${unbegun} more claimed, ${smtp.taken.length} copies of ${everybody.length} mails`,
    )
    await expectOneEach(inFlight)
    expect(unbegun).toBeGreaterThan(0)
  },
  60_000 + STOPS * 20_000,
)
