import { z } from 'zod'

/** What a route's schema says of an answer that is a file. */
export const csvContent = { 'text/csv': { schema: z.string() } }

/** The headers of a CSV file that browsers save under this name. */
export const attachment = (file: string) => ({
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': `attachment; filename=${file}.csv`,
})
