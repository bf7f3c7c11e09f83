import { z } from 'zod'
import type { Instant } from '../../clock.ts'
import type { Range } from '../../reports/values.ts'
import { localAt, offsetAt, type Zone } from '../../time/zone.ts'
import type { Understood } from './asked.ts'

const within = z.object({
  target: z.number().meta({ description: 'Seconds.' }),
  value: z.number().nullable().meta({ description: 'Percent of events that took less; null without events.' }),
  n: z.int().meta({ description: 'Events with a time.' }),
})
const plain = z.object({
  value: z.number().nullable().meta({ description: 'Null where there is nothing to say, never 0 for it. Times are seconds.' }),
  n: z.int().meta({ description: 'How many things the value is made from.' }),
  within_target: within.optional(),
})
export const figure = plain.extend({ previous: plain.optional() })
export const figures = z.record(z.string(), figure).meta({ description: 'By metric; see /api/v1/metrics.' })
export const point = plain.extend({ start: z.int().meta({ description: 'Start of the bucket, in Unix seconds.' }) })
export const points = z.record(z.string(), z.array(point))

const period = z.object({
  since: z.int(),
  until: z.int(),
  start: z.string().meta({ description: 'The first instant on the clock of the zone.', example: '2026-03-02T00:00:00+01:00' }),
  end: z.string().meta({ description: 'The first instant after.' }),
})

/** What every report of our own says of itself. */
export const about = {
  timezone: z.string(),
  period,
  previous_period: period.optional(),
  business_hours: z.boolean(),
  stat: z.enum(['avg', 'p50', 'p90']),
}

/** The period, the clock and the comparison of a report. */
export function aboutOf({ zone, range, compareWith, businessHours, stat }: Omit<Understood, 'metrics' | 'subject' | 'targets'>) {
  return {
    timezone: zone.name,
    period: periodOf(zone, range),
    ...(compareWith && { previous_period: periodOf(zone, compareWith) }),
    business_hours: businessHours,
    stat,
  }
}

const periodOf = (zone: Zone, { since, until }: Range) => ({
  since,
  until,
  start: localText(zone, since),
  end: localText(zone, until),
})

/** An instant as ISO 8601 with the offset that the zone has then. */
export function localText(zone: Zone, instant: Instant): string {
  const offset = offsetAt(zone, instant)
  const minutes = Math.round(Math.abs(offset) / 60)
  const clock = new Date(Math.floor(localAt(zone, instant)) * 1000).toISOString().slice(0, 19)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${clock}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
