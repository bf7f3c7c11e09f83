import { z } from 'zod'
import { stats } from '../../reports/measure.ts'

const within = z.object({
  target: z.number().meta({ description: 'Seconds.' }),
  value: z.number().nullable().meta({ description: 'Percent of events that took less; null without events.' }),
  n: z.int().meta({ description: 'Events with a time.' }),
})
export const plainFigure = z.object({
  value: z.number().nullable(),
  n: z.int().meta({ description: 'How many things the value is made from.' }),
})
const measured = plainFigure.extend({
  value: z.number().nullable().meta({ description: 'Null where there is nothing to say, never 0 for it. Times are seconds.' }),
  within_target: within.optional(),
})
export const figure = measured.extend({ previous: measured.optional() })
export const figures = z.record(z.string(), figure).meta({ description: 'By metric; see /api/v1/metrics.' })
const point = measured.extend({ start: z.int().meta({ description: 'Start of the bucket, in Unix seconds.' }) })
export const points = z.record(z.string(), z.array(point))

const period = z.object({
  since: z.int(),
  until: z.int(),
  start: z.string().meta({ description: 'The first instant on the clock of the zone.', example: '2026-03-02T00:00:00+01:00' }),
  end: z.string().meta({ description: 'The first instant after.' }),
})

/** What every report of our own says of itself. */
export const aboutRange = {
  timezone: z.string(),
  period,
  previous_period: period.optional(),
  business_hours: z.boolean(),
}

/** What those with any metrics say besides. */
export const about = { ...aboutRange, stat: z.enum(stats) }
