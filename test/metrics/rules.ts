import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from '../support/sources.ts'
import type { Exposed } from './exposition.ts'

export interface Rule {
  alert: string
  expr: string
  for?: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

/** The shipped alert rules. */
export function shippedRules(): Rule[] {
  const file = parse(readFileSync(join(root, 'ops/alerts.yml'), 'utf8')) as { groups: { rules: Rule[] }[] }
  return file.groups.flatMap(({ rules }) => rules)
}

/** The seconds of a Prometheus duration such as `5m`. */
export function secondsOf(duration = '0s'): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? []
  const size = { s: 1, m: 60, h: 3600, d: 86_400 }[unit ?? '']
  if (size === undefined) throw new Error(`no duration: ${duration}`)
  return Number(count) * size
}

const SELECTOR = String.raw`([a-z_]\w*)(?:\{([^}]*)\})?`
const COMPARISON = new RegExp(
  String.raw`^(max|min|sum)(?: by \(([\w, ]+)\))? ?\((?:increase\(${SELECTOR}\[(\d+[smhd])\]\)|${SELECTOR})\) (>|<) (-?[\d.]+)$`,
)
const ABSENT = new RegExp(String.raw`^absent\(${SELECTOR}\)$`)

/** The part of PromQL that the shipped rules are written in; anything else is refused. */
export interface Parsed {
  metric: string
  labels: Record<string, string>
  by: string[]
  /** Labels of the result are these groups; undefined: the whole is `absent(…)`. */
  compare?: { fold: string; rises: boolean; above: boolean; bound: number }
}

export function parseRule(expr: string): Parsed {
  const absent = ABSENT.exec(expr)
  if (absent) return { metric: absent[1]!, labels: matchers(absent[2]), by: [] }
  const found = COMPARISON.exec(expr)
  if (!found) throw new Error(`not understood: ${expr}`)
  const [, fold, by = '', raised, raisedLabels, range, plain, plainLabels, sign, bound] = found
  const compare = { fold: fold!, rises: range !== undefined, above: sign === '>', bound: Number(bound) }
  return { metric: raised ?? plain!, labels: matchers(raisedLabels ?? plainLabels), by: by.split(', ').filter(Boolean), compare }
}

const matchers = (text = '') =>
  Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label!, value!]))

/**
 * Whether a rule's expression holds for some group of the samples; counters rise from what they were `before`.
 * The time for which it has to hold is not part of it.
 */
export function holds(expr: string, now: readonly Exposed[], before: readonly Exposed[] = []): boolean {
  const { metric, labels, by, compare } = parseRule(expr)
  const matching = (samples: readonly Exposed[]) =>
    samples.filter(
      (sample) => sample.name === metric && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
  if (!compare) return matching(now).length === 0
  const groups = new Map<string, number[]>()
  for (const sample of matching(now)) {
    const earlier = matching(before).find((other) => JSON.stringify(other.labels) === JSON.stringify(sample.labels))
    const group = by.map((label) => sample.labels[label]).join(' ')
    groups.set(group, [
      ...(groups.get(group) ?? []),
      compare.rises ? sample.value - (earlier?.value ?? sample.value) : sample.value,
    ])
  }
  const folded = [...groups.values()].map((values) =>
    compare.fold === 'sum' ? values.reduce((a, b) => a + b) : compare.fold === 'max' ? Math.max(...values) : Math.min(...values),
  )
  return folded.some((value) => (compare.above ? value > compare.bound : value < compare.bound))
}

/** The alerts that would be pending or firing. */
export const alertsOn = (now: readonly Exposed[], before?: readonly Exposed[]): string[] =>
  shippedRules()
    .filter(({ expr }) => holds(expr, now, before))
    .map(({ alert }) => alert)

const NOT_METRICS = new Set([
  'by',
  'max',
  'min',
  'sum',
  'avg',
  'count',
  'topk',
  'rate',
  'increase',
  'absent',
  'histogram_quantile',
  'le',
  'time',
])

/** The metrics that any expression names. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/by \([^)]*\)/g, '')
  return [...bare.matchAll(/[a-z_]\w*/g)].map(([name]) => name).filter((name) => !NOT_METRICS.has(name))
}
