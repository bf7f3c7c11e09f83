import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { openServedDesk, type ServedDesk } from '../digests/served-desk.ts'
import { tidemark } from '../support/command.ts'

let served: ServedDesk
let digest: Digest
beforeAll(async () => {
  served = await openServedDesk()
  digest = await served.sent({ recipients: ['a@example.com', 'b@example.com'] })
  await run(
    served.database.pool,
    `update tidemark.deliveries set state = 'uncertain', finished_at = null where account_id = $1 and recipient = 'b@example.com'`,
    [served.desk.accountId],
  )
})
afterAll(() => served.close())

/** Runs `tidemark digest …` an hour after the slot. */
const verb = (name: string, ...options: string[]) =>
  tidemark(['digest', name, '--account', String(served.desk.accountId), ...options], {
    DATABASE_URL: served.database.url,
    TIDEMARK_CLOCK: '2026-03-09T08:00:00Z',
    LOG_LEVEL: 'silent',
  })

test('what was sent is listed and decided about at the command line', { timeout: 120_000 }, async () => {
  const ofDigest = ['--digest', String(digest.id)]
  // A process takes a second or two to start: those that do not wait for each other run at once.
  const [history, listed] = await Promise.all([
    verb('history', ...ofDigest),
    verb('deliveries', ...ofDigest, '--state', 'uncertain', '--json'),
  ])
  expect([history.code, history.stderr]).toEqual([0, ''])
  expect(history.stdout).toMatch(/^slot +period +state +editions +deliveries +note\n\d+ +2026-03-02 to 2026-03-08 +done +1 +/)
  expect(history.stdout).toContain('1 uncertain')
  const { total, rows } = JSON.parse(listed.stdout) as {
    total: number
    rows: { id: string; slotId: number; recipient: string }[]
  }
  const [uncertain] = rows
  expect([total, uncertain?.recipient]).toEqual([1, 'b@example.com'])
  const ofDelivery = ['--delivery', uncertain?.id ?? '']
  const ofSlot = [...ofDigest, '--slot', String(uncertain?.slotId)]

  const resolved = await verb('resolve', ...ofDelivery, '--outcome', 'not_delivered')
  expect([resolved.code, resolved.stdout]).toEqual([0, 'The delivery to b@example.com counts as refused now.\n'])
  const [resent, refused] = await Promise.all([verb('resend', ...ofDelivery), verb('skip', ...ofSlot)])
  expect([resent.code, resent.stdout]).toEqual([0, expect.stringMatching(/^Copy 2 for b@example\.com is queued as /)])
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([4, '', expect.stringMatching('only one that is held or waits')])
  const rerun = await verb('rerun', ...ofSlot)
  expect([rerun.code, rerun.stdout]).toEqual([0, expect.stringMatching(/^Edition 2 of the period from 2026-03-02 to 2026-03-08/)])
})
