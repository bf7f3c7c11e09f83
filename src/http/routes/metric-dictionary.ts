import { z } from 'zod'
import { dictionary } from '../../rollups/dictionary.ts'
import { dimensionNames } from '../../rollups/parts.ts'
import type { App } from '../app.ts'
import { problems } from '../v1/problems.ts'

const describe = (description: string) => ({ description })

const metric = z.object({
  name: z.string().meta({ ...describe('What requests call it.'), example: 'avg_first_response_time' }),
  title: z.string().meta({ ...describe('What people call it.'), example: 'First response time' }),
  definition: z.string().meta(describe('What it counts, in words.')),
  unit: z.enum(['count', 'seconds', 'percent', 'rating']).meta(describe('What its values are.')),
  direction: z.enum(['higher', 'lower', 'neither']).meta(describe('Which way is better.')),
  business_hours: z.boolean().meta(describe('Whether it can be asked for in business hours.')),
  additive: z.boolean().meta(describe('Whether values of two ranges side by side add up to that of both.')),
  dimensions: z.array(z.enum(dimensionNames)).meta(describe('What it can be asked about.')),
  version: z.int().meta(describe('Which definition this is: raised with every change of what is counted.')),
})

/** `/api/v1/metrics`: the metrics and what they mean. It names nothing of anybody, so it needs no token. */
export function addMetricDictionary(app: App): void {
  const schema = {
    tags: ['Definitions'],
    summary: 'What each metric means',
    security: [],
    response: { 200: z.array(metric).meta(describe('Every metric, in a fixed order.')), 429: problems[429] },
  }
  app.get('/api/v1/metrics', { schema }, async () => [...dictionary])
}
