import { describe, expect, test } from 'vitest'
import { holdBack, readFailure, settle, type Outcome } from '../../src/digests/delivery/outcome.ts'

const row = (attempts: number, doubts = 0) => ({ attempts, doubts, createdAt: 0 })
const error = 'because'

describe('what follows from an attempt', () => {
  test('a taken mail is done', () => {
    expect(settle({ kind: 'sent', response: '250 Ok' }, row(1), 10, 0)).toEqual({
      state: 'sent',
      error: null,
      nextAttemptAt: null,
      attempts: 1,
      doubts: 0,
      size: null,
      response: '250 Ok',
    })
    expect(settle({ kind: 'written' }, row(1), 10, 0)).toMatchObject({ state: 'written', nextAttemptAt: null })
    expect(settle({ kind: 'sent', response: '250 Ok' }, row(2, 1), 10, 0)).toMatchObject({ state: 'sent', doubts: 1 })
  })

  test('a mail that is not wanted any more is held back without an attempt, unless a copy may have arrived', () => {
    const unwanted = { state: 'suppressed', reason: 'unsubscribed' } as const
    expect(holdBack(unwanted, row(1))).toMatchObject({
      state: 'suppressed',
      attempts: 0,
      nextAttemptAt: null,
      error: 'unsubscribed',
    })
    expect(holdBack(unwanted, row(2, 1))).toMatchObject({ state: 'uncertain', attempts: 1, nextAttemptAt: null })
  })

  test('a refusal for good is not tried again', () => {
    expect(settle({ kind: 'refused', error }, row(1), 10, 0)).toMatchObject({ state: 'refused', error, nextAttemptAt: null })
  })

  test('a refusal for now is tried five times, later each time', () => {
    const settled = [1, 2, 3, 4, 5].map((attempts) => settle({ kind: 'again', error }, row(attempts), 0, 0))
    expect(settled.map(({ state, nextAttemptAt }) => [state, nextAttemptAt])).toEqual([
      ['queued', 60],
      ['queued', 300],
      ['queued', 1200],
      ['queued', 3600],
      ['refused', null],
    ])
  })

  test('a server that is not reached costs no attempt, and is given up after three days', () => {
    expect(settle({ kind: 'unreachable', error }, row(1), 7200, 0.5)).toMatchObject({
      state: 'queued',
      attempts: 0,
      nextAttemptAt: 7290,
    })
    expect(settle({ kind: 'unreachable', error }, row(1), 3 * 86_400, 0)).toMatchObject({ state: 'refused', nextAttemptAt: null })
  })

  test('a mail in doubt is tried once more, then left for a person; whatever the second attempt says, never a third copy', () => {
    const first = settle({ kind: 'uncertain', error }, row(1), 0, 0)
    expect(first).toMatchObject({ state: 'uncertain', doubts: 1, nextAttemptAt: 60 })
    expect(settle({ kind: 'uncertain', error }, row(2, 1), 0, 0)).toMatchObject({
      state: 'uncertain',
      doubts: 2,
      nextAttemptAt: null,
    })
    // Nothing was taken at these: it may be tried again, but stays in doubt and is never called refused.
    expect(settle({ kind: 'again', error }, row(2, 1), 0, 0)).toMatchObject({ state: 'uncertain', doubts: 1, nextAttemptAt: 300 })
    expect(settle({ kind: 'unreachable', error }, row(2, 1), 0, 0)).toMatchObject({ state: 'uncertain', doubts: 1 })
    expect(settle({ kind: 'refused', error }, row(2, 1), 0, 0)).toMatchObject({ state: 'uncertain', nextAttemptAt: null })
  })
})

test.each<[string, Parameters<typeof readFailure>[0], boolean, Outcome['kind']]>([
  ['an unknown recipient', { message: '', command: 'RCPT TO', code: 'EENVELOPE', responseCode: 550 }, false, 'refused'],
  ['a greylisted recipient', { message: '', command: 'RCPT TO', code: 'EENVELOPE', responseCode: 451 }, false, 'again'],
  ['a message that is refused', { message: '', command: 'DATA', code: 'EMESSAGE', responseCode: 554 }, true, 'refused'],
  ['a full disk after the message', { message: '', command: 'DATA', code: 'EMESSAGE', responseCode: 452 }, true, 'again'],
  ['a message that is too large', { message: '', command: 'MAIL FROM', code: 'EENVELOPE', responseCode: 552 }, false, 'refused'],
  [
    'a server that goes down instead of taking a recipient',
    { message: '', command: 'RCPT TO', code: 'EENVELOPE', responseCode: 421 },
    false,
    'unreachable',
  ],
  [
    'a sender that nobody may use',
    { message: '', command: 'MAIL FROM', code: 'EENVELOPE', responseCode: 550 },
    false,
    'unreachable',
  ],
  ['a wrong password', { message: '', command: 'AUTH PLAIN', code: 'EAUTH', responseCode: 535 }, false, 'unreachable'],
  ['a closed port', { message: '', command: 'CONN', code: 'ESOCKET' }, false, 'unreachable'],
  ['a connection lost before the message', { message: '', command: 'CONN', code: 'ECONNECTION' }, false, 'unreachable'],
  ['a connection lost within or after the message', { message: '', command: 'CONN', code: 'ECONNECTION' }, true, 'uncertain'],
  ['silence after the message', { message: '', command: 'CONN', code: 'ETIMEDOUT' }, true, 'uncertain'],
  ['an address that the client will not send', { message: '', command: 'API', code: 'EENVELOPE' }, false, 'refused'],
])('%s', (_, failure, begun, kind) => {
  expect(readFailure(failure, begun).kind).toBe(kind)
})
