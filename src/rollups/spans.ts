import type { Span } from './coverage.ts'

/** The stretches as few as possible: ascending, apart, those that meet joined. */
export function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const { from, until } of spans.toSorted((a, b) => a.from - b.from)) {
    if (from >= until) continue
    const last = result.at(-1)
    if (last && from <= last.until) last.until = Math.max(last.until, until)
    else result.push({ from, until })
  }
  return result
}

/** What of `spans` (ascending and apart) none of `others` (the same) holds. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  return spans.flatMap((span) => {
    const rest: Span[] = []
    let from = span.from
    for (const other of others) {
      if (other.until <= from || other.from >= span.until) continue
      if (other.from > from) rest.push({ from, until: other.from })
      from = other.until
    }
    return from < span.until ? [...rest, { from, until: span.until }] : rest
  })
}

/**
 * An expression for a multirange of two float arrays in parameters `$first` and the one after: starts and ends in seconds.
 */
export const multirangeOf = (first: number) =>
  `(select coalesce(range_agg(tstzrange(to_timestamp(f), to_timestamp(u))), '{}')
    from unnest($${first}::float8[], $${first + 1}::float8[]) as span (f, u))`

/** The two values for it. */
export const bounds = (spans: readonly Span[]): [number[], number[]] => [
  spans.map((span) => span.from),
  spans.map((span) => span.until),
]
