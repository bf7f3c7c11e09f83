import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/compose.ts'
import { planDueDigests } from '../../src/digests/plan.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { berlinDigest, DUE, openBerlin } from './desk.ts'
import { startSmtp, type SmtpRecorder } from './smtp.ts'

/** Mails that one worker has on their way at once. */
const LANES = 4
const KILLS = scaled('TIDEMARK_KILLS', 5)
const RECIPIENTS = Math.min(200, KILLS * 24)
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

const child = new URL('./deliver-child.ts', import.meta.url).pathname
const start = (now: number) =>
  spawn(process.execPath, ['--import', 'tsx', child, database.url, smtp.url, String(now), '/nowhere'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

const rows = () =>
  many<{ recipient: string; state: string; doubts: number }>(
    database.pool,
    'select recipient, state, doubts from tidemark.deliveries where account_id = $1',
    [desk.accountId],
  )
const copiesOf = (recipient: string) => smtp.taken.filter((mail) => mail.to === recipient).length

// Workers are killed with SIGKILL at random points of a run: between claim and dialogue, within it, after the server took
// the mail and before the row said so. From then on nobody knows of those rows whether they arrived.
test(
  `workers killed ${KILLS} times: nobody is missed, nobody gets more than two copies, no sent row is sent again`,
  async () => {
    const random = randomOf('kill')
    const recipients = Array.from({ length: RECIPIENTS }, (_, i) => `person${i}@example.com`)
    await berlinDigest(database.pool, desk, { recipients, formats: ['inline'] })
    await planDueDigests(database.pool, DUE)
    await composeDueDigests(database.pool, DUE)
    let now = DUE
    const sentBefore = new Map<string, number>()
    for (let kill = 0; kill < KILLS; kill++) {
      const mark = smtp.taken.length + Math.floor(random.between(1, RECIPIENTS / KILLS))
      const worker = start(now)
      await once(worker.stdout, 'data')
      while (worker.exitCode === null && smtp.taken.length < mark) await pause(1)
      await pause(random.between(0, 8))
      worker.kill('SIGKILL')
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit')
      for (const { recipient, state } of await rows())
        if (state === 'sent' && !sentBefore.has(recipient)) sentBefore.set(recipient, copiesOf(recipient))
      now += LATER
    }
    for (let i = 0; i < 3; i++) await once(start((now += LATER)), 'exit')
    const settled = await rows()
    expect(settled.filter((row) => row.state !== 'sent' && row.state !== 'uncertain')).toEqual([])
    // Killed at both of its attempts before the server had taken it: not delivered, and shown as what a person must look at.
    const missed = settled.filter((row) => copiesOf(row.recipient) === 0)
    expect(missed.filter((row) => row.state !== 'uncertain' || row.doubts < 2)).toEqual([])
    const twice = settled.filter((row) => copiesOf(row.recipient) > 1)
    expect(twice.every((row) => row.doubts > 0 && copiesOf(row.recipient) === 2)).toBe(true)
    expect(twice.length).toBeLessThanOrEqual(KILLS * LANES)
    for (const [recipient, copies] of sentBefore) expect(copiesOf(recipient)).toBe(copies)
    expect(settled.filter((row) => row.doubts > 0).length).toBeGreaterThan(0)
  },
  60_000 + KILLS * 10_000,
)
