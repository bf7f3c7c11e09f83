// The promise: what is said to explain the change of a mean are exact contributions, which add up to it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partsOfChange } from '../../src/digests/mail/drivers.ts'
import { inShort } from '../../src/digests/mail/highlights.ts'
import type { Pair } from '../../src/digests/snapshot/snapshot.ts'
import { acmeWith, entity, pairs } from './fixture.ts'

const metric = 'avg_first_response_time'
type Cases = [mean: number, n: number, before: number, nBefore: number]

const inbox = ([mean, n, before, nBefore]: Cases, id: number) =>
  entity(id, `Inbox ${id}`, [n, nBefore], [0, 0], [n > 0 ? mean : null, n, nBefore > 0 ? before : null, nBefore])

function whole(cases: Cases[]): Pair {
  const figure = (mean: 0 | 2, count: 1 | 3) => {
    const n = cases.reduce((sum, each) => sum + each[count], 0)
    return { value: n === 0 ? null : cases.reduce((sum, each) => sum + each[mean] * each[count], 0) / n, n }
  }
  return { current: figure(0, 1), previous: figure(2, 3) }
}

test('contributions add up to the change, whoever came, went, grew or sped up', () => {
  const amount = fc.double({ min: 0, max: 1e6, noNaN: true })
  const cases = fc.tuple(amount, fc.nat(500), amount, fc.nat(500)) as fc.Arbitrary<Cases>
  fc.assert(
    fc.property(fc.array(cases, { minLength: 1, maxLength: 12 }), (list) => {
      const total = whole(list)
      const parts = partsOfChange(total, list.map(inbox), metric)
      if (total.current.value === null || total.previous.value === null) {
        expect(parts).toEqual([])
        return
      }
      const sum = parts.reduce((all, { part }) => all + part, 0)
      const change = total.current.value - total.previous.value
      expect(Math.abs(sum - change)).toBeLessThanOrEqual(1e-9 * Math.max(1, total.current.value, total.previous.value))
    }),
    { numRuns: 1000 },
  )
})

test('without a change in anybody’s mean, it is the mix that explains', () => {
  const list: Cases[] = [
    [100, 90, 100, 50],
    [1000, 10, 1000, 50],
  ]
  const parts = partsOfChange(whole(list), list.map(inbox), metric)
  // The mean of the two periods is 370: the slow inbox was 630 above it and lost 40 % of the work.
  expect(parts.map(({ entity, part }) => [entity.id, Math.round(part * 1e6) / 1e6])).toEqual([
    [1, -252],
    [0, -108],
  ])
})

test('parts that overlap or are not all explain nothing', () => {
  const list: Cases[] = [[100, 90, 200, 50]]
  const total = whole(list)
  expect(partsOfChange(total, [...list, ...list].map(inbox), metric)).toEqual([])
  expect(partsOfChange(total, [], metric)).toEqual([])
  expect(partsOfChange({ ...total, current: { value: 101, n: 90 } }, list.map(inbox), metric)).toEqual([])
})

test('the inbox that explains most of a movement is named with its part', () => {
  const list: Cases[] = [
    [600, 100, 1200, 100],
    [300, 100, 330, 100],
  ]
  const snapshot = acmeWith({
    totals: {
      ...pairs({ conversations_count: [200, 200, 200, 200], resolutions_count: [200, 200, 200, 200] }),
      [metric]: whole(list),
    },
    tables: { agents: [], teams: [], labels: [], inboxes: list.map((cases, i) => inbox(cases, i + 1)) },
  })
  expect(inShort(snapshot).map((sentence) => sentence.replaceAll('\u00a0', ' '))).toEqual([
    'First response improved to 7m 30s: 41% faster (-5m 15s). Inbox “Inbox 1” explains -5m 00s of it.',
  ])
})
