// The promise: a question is read from rollups exactly when some rows of one dimension add up to its answer.
import { expect, test } from 'vitest'
import { scopeOf } from '../../src/reports/scope.ts'

const all = { ids: null, together: false, filter: undefined }

test('without a filter, the rows of the dimension: all of them, or one', () => {
  expect(scopeOf({ dimension: 'inbox' })).toEqual({ ...all, dimension: 'inbox' })
  expect(scopeOf({ dimension: 'inbox', id: 7 })).toEqual({ ...all, dimension: 'inbox', ids: [7] })
  expect(scopeOf({ dimension: 'inbox', filter: {} })).toEqual({ ...all, dimension: 'inbox' })
})

test.each(['inbox', 'agent', 'team'] as const)('%s ids choose among that dimension’s own rows', (dimension) => {
  expect(scopeOf({ dimension, filter: { [dimension]: [3, 0] } })).toEqual({ ...all, dimension, ids: [3, 0] })
  expect(scopeOf({ dimension, id: 3, filter: { [dimension]: [3, 0] } })).toEqual({ ...all, dimension, ids: [3] })
  expect(scopeOf({ dimension, id: 4, filter: { [dimension]: [3, 0] } })).toEqual({ ...all, dimension, ids: [] })
  expect(scopeOf({ dimension, filter: { [dimension]: [] } })).toEqual({ ...all, dimension, ids: [] })
})

test.each(['inbox', 'agent', 'team'] as const)('an account’s figures for some of its %s ids are the sum of theirs', (name) => {
  const filter = { [name]: [3, 4] }
  expect(scopeOf({ dimension: 'account', filter, metrics: ['conversations_count', 'open_conversations_count'] })).toEqual({
    dimension: name,
    ids: [3, 4],
    together: true,
    filter: undefined,
  })
})

test('what does not add up over several ids is read raw, over one it is not', () => {
  const asked = { dimension: 'account', metrics: ['conversations_count', 'bot_handoffs_count'] } as const
  expect(scopeOf({ ...asked, filter: { team: [3, 4] } })).toEqual({ ...all, dimension: 'account', filter: { team: [3, 4] } })
  expect(scopeOf({ ...asked, filter: { team: [3] } })).toMatchObject({ dimension: 'team', ids: [3], together: true })
})

test('labels overlap, so they are read raw, even among labels', () => {
  for (const dimension of ['account', 'label', 'agent'] as const)
    expect(scopeOf({ dimension, filter: { label: [3] } })).toEqual({ ...all, dimension, filter: { label: [3] } })
})

test('what crosses dimensions is read raw, for the ids that are asked for', () => {
  expect(scopeOf({ dimension: 'agent', id: 5, filter: { team: [3] } })).toEqual({
    ...all,
    dimension: 'agent',
    ids: [5],
    filter: { team: [3] },
  })
  expect(scopeOf({ dimension: 'inbox', filter: { inbox: [1], team: [3] } }).filter).toEqual({ inbox: [1], team: [3] })
})

test('an id that is asked of an account stays asked when there is a filter', () => {
  expect(scopeOf({ dimension: 'account', id: 999, filter: { inbox: [1] } })).toMatchObject({ dimension: 'account', ids: [999] })
})
