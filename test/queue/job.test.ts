import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { failureOf, reasonOf } from '../../src/failure.ts'
import { defineJob } from '../../src/job.ts'

const run = async () => ({})

describe('defining a job', () => {
  test('has defaults for what it does not say', () => {
    const job = defineJob({ name: 'roll-account', queue: 'rollups', payload: z.object({}), run })
    expect(job).toMatchObject({ attempts: 5, backoffSeconds: 1, everySeconds: undefined })
  })
  test('refuses a name that is not lower-case words', () => {
    for (const name of ['RollAccount', 'roll account', 'roll:account', '']) {
      expect(() => defineJob({ name, queue: 'rollups', payload: z.object({}), run })).toThrow('lower-case words')
    }
  })
  test('refuses fewer than three attempts', () => {
    const define = () => defineJob({ name: 'roll-account', queue: 'rollups', payload: z.object({}), attempts: 2, run })
    expect(define).toThrow('2 attempts are fewer than 3')
  })
  test('refuses a heartbeat whose payload needs fields', () => {
    const define = () =>
      defineJob({ name: 'sweep', queue: 'rollups', payload: z.object({ accountId: z.number() }), everySeconds: 3, run })
    expect(define).toThrow('a heartbeat runs with the payload {}')
  })
})

describe('the reason of a failure', () => {
  test('holds no address and no NUL, and is short', () => {
    expect(reasonOf('550 <ada@example.com>\0 and bob.b+x@mail.example.org: no')).toBe('550 <[address]> and [address]: no')
    expect(reasonOf('x'.repeat(5000))).toHaveLength(1001)
  })
  test('keeps where it came from but not the message in the stack', () => {
    const failure = failureOf(new RangeError('to ada@example.com'))
    expect(failure.stack).toMatch(/^RangeError: to \[address\]\n {4}at /)
    expect(failure.stack).not.toContain('ada@')
  })
  test('is found in anything that was thrown', () => {
    expect(failureOf('plain text').message).toBe('plain text')
    expect(failureOf(undefined).message).toBe('undefined')
  })
})
