import { describe, expect, test } from 'vitest'
import { delta as compare, type Circumstances } from '../../src/digests/mail/delta.ts'
import { digestMetrics, languages, type Pair } from '../../src/digests/snapshot/snapshot.ts'
import { wordsOf } from '../../src/digests/mail/words/choose.ts'
import { metrics } from '../../src/rollups/metrics.ts'
import { impossible } from './reading.ts'

const english = wordsOf('en')
const delta = (metric: Parameters<typeof compare>[1], figures: Pair, circumstances?: Circumstances) =>
  compare(english, metric, figures, circumstances)

const volume = { unit: 'count', direction: 'neither' } as const
const resolutions = { unit: 'count', direction: 'higher' } as const
const handoffs = { unit: 'count', direction: 'lower' } as const
const time = { unit: 'seconds', direction: 'lower' } as const
const percent = { unit: 'percent', direction: 'higher' } as const
const rating = { unit: 'rating', direction: 'higher' } as const

/** A count, or an average of 100 things, now and before. */
function pair(current: number | null, previous: number | null, n = 100, before = 100): Pair {
  return {
    current: { value: current, n: current === null ? 0 : n },
    previous: { value: previous, n: previous === null ? 0 : before },
  }
}

describe('the delta rules, a test for each row of the table', () => {
  test('a changed count: sign, absolute, percent, a word; grey where no direction is better', () => {
    expect(delta(volume, pair(512, 474))).toMatchObject({ text: '+38 (8% more)', short: '8% more', tone: 'neutral', arrow: '▲' })
    expect(delta(volume, pair(400, 500))).toMatchObject({ text: '-100 (20% fewer)', tone: 'neutral', arrow: '▼' })
    expect(delta(resolutions, pair(498, 480))).toMatchObject({ text: '+18 (4% more)', tone: 'better' })
    expect(delta(handoffs, pair(498, 480))).toMatchObject({ text: '+18 (4% more)', tone: 'worse' })
  })

  test('a changed time: percent, faster or slower, absolute with its sign', () => {
    expect(delta(time, pair(842, 954))).toMatchObject({
      text: '12% faster (-1m 52s)',
      short: '12% faster',
      tone: 'better',
      arrow: '▼',
    })
    expect(delta(time, pair(1330, 1188))).toMatchObject({ text: '12% slower (+2m 22s)', tone: 'worse', arrow: '▲' })
  })

  test('less than half a percent is no change, and never -0%', () => {
    expect(delta(time, pair(20_400, 20_460))).toMatchObject({ text: 'no change', tone: 'muted', arrow: '' })
    expect(delta(volume, pair(1004, 1000))).toMatchObject({ text: 'no change' })
    expect(delta(volume, pair(996, 1000)).text).toBe('no change')
    expect(delta(volume, pair(1005, 1000)).text).toBe('+5 (1% more)')
    expect(delta(volume, pair(7, 7)).text).toBe('no change')
    expect(delta(percent, pair(91.02, 91))).toMatchObject({ text: 'no change' })
    expect(delta(rating, pair(4.501, 4.5))).toMatchObject({ text: 'no change' })
  })

  test('nothing before and nothing now', () => {
    expect(delta(volume, pair(0, 0))).toMatchObject({ text: '–', tone: 'muted' })
  })

  test('nothing before: new, with the number, no percentage', () => {
    expect(delta(resolutions, pair(12, 0))).toMatchObject({
      text: 'new (was 0), +12',
      tone: 'better',
      absolute: 12,
      relative: null,
    })
  })

  test('nothing now: minus a hundred percent, and what it was', () => {
    expect(delta(resolutions, pair(0, 14))).toMatchObject({ text: '-100% (was 14)', tone: 'worse' })
  })

  test('an average that had no samples before', () => {
    expect(delta(time, pair(600, null))).toMatchObject({ text: 'no previous data', tone: 'muted', relative: null })
  })

  test('an average that has no samples now: what it was, and it is not faster', () => {
    expect(delta(time, pair(null, 954))).toMatchObject({ text: 'was 15m 54s', tone: 'muted' })
    expect(delta(percent, pair(null, 91.25))).toMatchObject({ text: 'was 91.3%' })
  })

  test('an average without samples in either period', () => {
    expect(delta(time, pair(null, null))).toMatchObject({ text: 'no data', tone: 'muted' })
  })

  test('what did not exist in the previous period is new since a date', () => {
    expect(delta(time, pair(672, null), { newSince: '6 May' })).toMatchObject({
      text: 'new since 6 May',
      tone: 'muted',
      absolute: null,
    })
    expect(delta(volume, pair(22, 3), { newSince: '6 May' }).text).toBe('new since 6 May')
  })

  test('what was removed says so where it has nothing more to show', () => {
    expect(delta(volume, pair(0, 14), { isGone: true })).toMatchObject({ text: 'no longer here', tone: 'muted' })
    expect(delta(volume, pair(20, 14), { isGone: true }).text).toBe('+6 (43% more)')
  })

  test('percentages differ in points', () => {
    expect(delta(percent, pair(91.7, 88.9))).toMatchObject({ text: '+2.8 points', tone: 'better', arrow: '▲', relative: null })
    expect(delta(percent, pair(80, 88.9))).toMatchObject({ text: '-8.9 points', tone: 'worse' })
  })

  test('ratings differ in themselves', () => {
    expect(delta(rating, pair(4.52, 4.4))).toMatchObject({ text: '+0.12', tone: 'better' })
  })

  test('too few samples in either period: no comparison, no colour', () => {
    for (const few of [pair(4200, 1400, 2, 10), pair(4200, 1400, 10, 4)]) {
      expect(delta(time, few)).toMatchObject({ text: 'too few to compare', tone: 'muted', arrow: '', absolute: null })
    }
    expect(delta(percent, pair(100, 50, 4, 100)).text).toBe('too few to compare')
    expect(delta(time, pair(4200, 1400, 5, 5)).text).toBe('200% slower (+46m 40s)')
  })

  test('a change of more than 999 % is cut off, the absolute is not', () => {
    expect(delta(volume, pair(484, 1)).text).toBe('+483 (>999% more)')
    expect(delta(time, pair(36_000, 60)).text).toBe('>999% slower (+9h 59m)')
  })

  test('a previous period that the account was not there for', () => {
    expect(delta(volume, pair(512, 40), { comparison: 'partial' })).toMatchObject({
      text: 'previous period incomplete',
      tone: 'muted',
    })
    expect(delta(volume, pair(512, 0), { comparison: 'none' })).toMatchObject({ text: '', tone: 'muted' })
  })

  test('a period that is still running is not compared', () => {
    expect(delta(volume, pair(212, 474), { soFar: true })).toMatchObject({ text: 'so far', tone: 'muted', arrow: '' })
  })

  test('periods of unequal length are compared by the day', () => {
    expect(delta(volume, pair(310, 280), { rate: { per: 'day', days: [31, 28] } })).toMatchObject({ text: 'no change per day' })
    expect(delta(volume, pair(341, 280), { rate: { per: 'day', days: [31, 28] } }).text).toBe('+61 (10% more per day)')
    expect(delta(time, pair(842, 954), { rate: { per: 'day', days: [31, 28] } }).text).toBe('12% faster (-1m 52s)')
  })
})

test('a mean of 0 seconds before is a figure, not a division by zero', () => {
  expect(delta(time, pair(60, 0))).toMatchObject({ text: 'slower (+1m 00s)', relative: null, tone: 'worse' })
  expect(delta(time, pair(0, 0)).text).toBe('no change')
})

test('a stock that misses its beginning may be negative: the difference is said, and no share of it', () => {
  expect(delta(handoffs, pair(12, -5))).toMatchObject({ text: '+17', tone: 'worse', arrow: '▲', absolute: 17, relative: null })
  expect(delta(handoffs, pair(-9, -5))).toMatchObject({ text: '-4', tone: 'better', arrow: '▼', relative: null })
  expect(delta(handoffs, pair(-5, -5)).text).toBe('no change')
  expect(delta(handoffs, pair(-5, 10)).text).toBe('-15 (150% fewer)')
  expect(delta(time, pair(60, -30))).toMatchObject({ text: 'slower (+1m 30s)', relative: null })
})

test('colour follows the direction of the metric in every registry entry, and counts without one stay grey', () => {
  const directions = { higher: ['better', 'worse'], lower: ['worse', 'better'], neither: ['neutral', 'neutral'] } as const
  for (const name of digestMetrics) {
    const metric = metrics[name]
    const tones = [delta(metric, pair(90, 50)).tone, delta(metric, pair(50, 90)).tone]
    expect([name, ...tones]).toEqual([name, ...directions[metric.direction]])
  }
  const of = (direction: string) => digestMetrics.filter((name) => metrics[name].direction === direction)
  expect(of('lower')).toEqual(
    expect.arrayContaining([
      'avg_first_response_time',
      'avg_resolution_time',
      'reply_time',
      'bot_handoffs_count',
      'open_conversations_count',
    ]),
  )
  expect(of('higher')).toEqual(
    expect.arrayContaining(['resolutions_count', 'csat_score', 'csat_response_rate', 'bot_resolutions_count']),
  )
  expect(of('neither')).toEqual(
    expect.arrayContaining(['conversations_count', 'incoming_messages_count', 'outgoing_messages_count']),
  )
})

test.each(languages)(
  '%s: a movement has its arrow, its colour and a word or sign; what is no movement has neither arrow nor colour',
  (language) => {
    const words = wordsOf(language)
    const values = [null, -5, 0, 0.001, 1, 4.5, 59.6, 100, 3599.7, 1e6, 1e12]
    const circumstances: Circumstances[] = [
      {},
      { rate: { per: 'day', days: [31, 28] } },
      { soFar: true },
      { isGone: true },
      { newSince: 'x' },
      { comparison: 'partial' },
    ]
    for (const metric of [volume, resolutions, handoffs, time, percent, rating]) {
      for (const [current, previous, n, given] of values.flatMap((a) =>
        values.flatMap((b) => [3, 100].flatMap((n) => circumstances.map((c) => [a, b, n, c] as const))),
      )) {
        const found = compare(words, metric, pair(current, previous, n), given)
        expect(`${found.text} ${found.short}`).not.toMatch(impossible)
        if (found.arrow === '') expect(found.tone).toBe('muted')
        else {
          expect(found.tone).not.toBe('muted')
          expect(found.text).toMatch(/\p{L}|[+-]\d/u)
          expect(Math.sign(found.relative ?? found.absolute ?? 0)).toBe(found.arrow === '▲' ? 1 : -1)
        }
      }
    }
  },
)

test('no pair of figures is said with NaN, Infinity, undefined or a negative zero', () => {
  const values = [null, 0, 0.001, 1, 4.5, 59.6, 100, 3599.7, 1e6, 1e12]
  const metrics = [volume, resolutions, handoffs, time, percent, rating]
  for (const metric of metrics) {
    for (const current of values) {
      for (const previous of values) {
        const { text, short } = delta(metric, pair(current, previous))
        expect(`${text} ${short}`).not.toMatch(/NaN|Infinity|undefined|null|[+-]0%|-0(?![.\d])|-0\.00?\b/)
      }
    }
  }
})
