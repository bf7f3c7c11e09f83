// The promise: a stock at the end of each piece is all that was ever added to it, even in pieces in which nothing happened.
import { expect, test } from 'vitest'
import { added, runUp } from '../../src/reports/stocks.ts'

test('sums run up from the past through every piece, id by id', () => {
  const before = [
    { piece: 0, id: 1, sums: { conversations: 5, closings: 2 } },
    { piece: 0, id: 2, sums: { conversations: 1 } },
  ]
  const during = [
    { piece: 1, id: 1, sums: { closings: 3, reopenings: 1 } },
    { piece: 0, id: 3, sums: { conversations: 4 } },
  ]
  expect(runUp(before, during, 3)).toEqual([
    { piece: 0, id: 1, sums: { conversations: 5, closings: 2 } },
    { piece: 1, id: 1, sums: { conversations: 5, closings: 5, reopenings: 1 } },
    { piece: 2, id: 1, sums: { conversations: 5, closings: 5, reopenings: 1 } },
    { piece: 0, id: 2, sums: { conversations: 1 } },
    { piece: 1, id: 2, sums: { conversations: 1 } },
    { piece: 2, id: 2, sums: { conversations: 1 } },
    { piece: 0, id: 3, sums: { conversations: 4 } },
    { piece: 1, id: 3, sums: { conversations: 4 } },
    { piece: 2, id: 3, sums: { conversations: 4 } },
  ])
})

test('without a past and without anything, there is no row', () => {
  expect(runUp([], [], 4)).toEqual([])
})

test('what is added up is left as it was', () => {
  const [one, other] = [{ conversations: 2, closings: 1 }, { closings: 4 }]
  expect(added(one, other)).toEqual({ conversations: 2, closings: 5 })
  expect([one, other]).toEqual([{ conversations: 2, closings: 1 }, { closings: 4 }])
  const before = [{ piece: 0, id: 1, sums: one }]
  expect(runUp(before, [{ piece: 0, id: 1, sums: other }], 1)[0]!.sums).toEqual({ conversations: 2, closings: 5 })
  expect(before[0]!.sums).toEqual({ conversations: 2, closings: 1 })
})
