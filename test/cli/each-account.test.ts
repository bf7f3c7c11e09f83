// One command for several accounts: each by itself, and one exit code for all.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { conclude, each, namedAccounts, type Answer, type Outcome } from '../../src/cli/each-account.ts'
import { conflict, notFound } from '../../src/errors.ts'

const written = { stdout: '', stderr: '' }
beforeEach(() => {
  for (const stream of ['stdout', 'stderr'] as const) {
    written[stream] = ''
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => (written[stream] += String(chunk)) !== '')
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

const signal = new AbortController().signal
const accounts = (...ids: number[]): Outcome<undefined>[] => ids.map((accountId) => ({ accountId, done: undefined }))
const done = async (accountId: number): Promise<Answer> => ({ told: { account_id: accountId } })

test('an account, a list, or all; a list may say one twice, and has a bound', () => {
  expect(namedAccounts('7')).toEqual({ ids: [7], isList: false })
  expect(namedAccounts('8,7,8')).toEqual({ ids: [8, 7], isList: true })
  expect(namedAccounts('all')).toEqual({ ids: 'all', isList: true })
  for (const wrong of ['', '7,', 'x', '7;8', '0', '-1', '7, all']) expect(() => namedAccounts(wrong)).toThrow('whole number')
  const ids = Array.from({ length: 1001 }, (_, i) => i + 1)
  expect(() => namedAccounts(ids.join(','))).toThrow('at most 1000')
  expect(namedAccounts(ids.slice(1).join(',')).ids).toHaveLength(1000)
})

test('so many at a time, in their order; who is refused is told, holds up no other, and is asked nothing more', async () => {
  let [now, most] = [0, 0]
  const begun: number[] = []
  const first = await each(accounts(5, 6, 7, 8, 9), { atOnce: 2, isList: true, signal }, async (accountId) => {
    begun.push(accountId)
    most = Math.max(most, ++now)
    await new Promise((resolve) => void setTimeout(resolve, accountId === 5 ? 30 : 5))
    now--
    if (accountId === 6) throw notFound('There is no account 6 here.')
    return accountId * 10
  })
  expect({ begun, most }).toEqual({ begun: [5, 6, 7, 8, 9], most: 2 })
  expect(first.map((outcome) => ('done' in outcome ? outcome.done : outcome.refusal.code))).toEqual([50, 'not_found', 70, 80, 90])
  expect(written.stderr).toBe('account 6: There is no account 6 here.\n')
  const second: number[] = []
  await each(first, { isList: true, signal }, async (_, ten) => void second.push(ten))
  expect(second).toEqual([50, 70, 80, 90])
})

test('alone an account throws what refuses it; what is no refusal ends a list too, once those under way are done', async () => {
  const refused = async () => Promise.reject(conflict('taken'))
  await expect(each(accounts(5), { isList: false, signal }, refused)).rejects.toThrow('taken')
  const ended: number[] = []
  const work = async (accountId: number) => {
    if (accountId === 5) throw new Error('the database is gone')
    await new Promise((resolve) => void setTimeout(resolve, 20))
    ended.push(accountId)
  }
  await expect(each(accounts(5, 6, 7, 8), { atOnce: 2, isList: true, signal }, work)).rejects.toThrow('gone')
  expect(ended).toEqual([6])
})

test('interrupted, no other is begun', async () => {
  const stopping = new AbortController()
  const outcomes = await each(accounts(5, 6, 7), { isList: true, signal: stopping.signal }, async (accountId) => {
    if (accountId === 6) stopping.abort()
    return done(accountId)
  })
  expect(outcomes.map(({ accountId }) => accountId)).toEqual([5, 6])
  process.exitCode = 130
  conclude([...outcomes, { accountId: 8, refusal: conflict('taken') }], true, false)
  expect(process.exitCode).toBe(130)
})

const [fine, partly]: Outcome<Answer>[] = [
  { accountId: 5, done: { told: { id: 1 } } },
  { accountId: 6, done: { told: { id: 2 }, isPartial: true } },
]
const [unknown, taken]: Outcome<Answer>[] = [
  { accountId: 7, refusal: notFound('none') },
  { accountId: 8, refusal: conflict('taken') },
]
test.each([
  { name: 'all done', outcomes: [fine!], code: undefined },
  { name: 'one in part', outcomes: [partly!, fine!], code: 3 },
  { name: 'one refused', outcomes: [partly!, unknown!], code: 1 },
  { name: 'one a conflict', outcomes: [unknown!, taken!, partly!], code: 4 },
])('the exit code of several, $name: $code', ({ outcomes, code }) => {
  conclude(outcomes, true, false)
  expect([process.exitCode, written.stdout]).toEqual([code, ''])
})

test('JSON is an array for a list, be it of one, and else as it is', () => {
  const json = () => {
    const told = JSON.parse(written.stdout) as unknown
    written.stdout = ''
    return told
  }
  conclude([fine!], false, true)
  expect(json()).toEqual({ id: 1 })
  conclude([fine!], true, true)
  expect(json()).toEqual([{ id: 1 }])
  conclude([fine!, taken!], true, true)
  expect(json()).toEqual([{ id: 1 }, { account_id: 8, refused: { code: 'conflict', detail: 'taken' } }])
})
