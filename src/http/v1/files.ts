import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { delimiters, type Delimiter } from '../../files/csv.ts'
import type { Answer } from '../../reports/answer.ts'
import type { Document } from '../../reports/document.ts'
import { reportWorkbook } from '../../reports/tables/report-workbook.ts'
import { fileStem } from '../../reports/tables/tabular.ts'
import { tidyCsv } from '../../reports/tables/tidy-csv.ts'
import type { Source } from '../../reports/understand.ts'
import type { ServerContext } from '../app.ts'
import { suffixOf, weightOf } from '../format.ts'
import { told } from '../report-headers.ts'
import { formatParameter, word } from './parameters.ts'

/** What a report can be had as, by its name in `format=`. */
const types = {
  json: 'application/json',
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const
type FileFormat = keyof typeof types

/** The parameters of reports that can be had as files. */
export const fileParameters = {
  ...formatParameter,
  delimiter: word(Object.keys(delimiters) as Delimiter[])
    .optional()
    .meta({ description: 'What separates the fields of a CSV file; a comma without.', example: 'semicolon' }),
  bom: word(['0', '1'])
    .optional()
    .meta({ description: '`0`: a CSV file without a byte order mark, which Excel needs.', example: '0' }),
}

/** What the schema of such a route says of its answers. */
export const reportContent = (body: z.ZodType) => ({
  description: 'The report: as JSON, or as a file with `format=csv` (also the path’s suffix `.csv`) or `format=xlsx`.',
  content: {
    [types.json]: { schema: body },
    [types.csv]: { schema: z.string() },
    [types.xlsx]: { schema: z.string().meta({ format: 'binary' }) },
  },
})

/** Where the reports of a server are read, and its present moment. */
export const sourceOf = ({ readPool, clock }: ServerContext): Source => ({ pool: readPool, now: clock() })

interface FileQuery {
  format?: FileFormat | undefined
  delimiter?: Delimiter | undefined
  bom?: '0' | '1' | undefined
}

/** Answers with a report in the format that the request asks for, and says in headers how it was made. */
export async function sendReport(
  reply: FastifyReply,
  request: Pick<FastifyRequest, 'originalUrl' | 'headers'> & { query: FileQuery },
  answer: Answer<Document>,
): Promise<FastifyReply> {
  const { delimiter, bom } = request.query
  const { json, table } = told(reply, answer)
  const format = fileFormatOf(request)
  reply.header('vary', 'accept')
  if (format === 'json') return reply.send(json)
  const made = await table()
  const chunks = format === 'csv' ? tidyCsv(made, { delimiter, bom: bom !== '0' }) : reportWorkbook(made)
  return reply
    .header('content-type', format === 'csv' ? `${types.csv}; charset=utf-8` : types.xlsx)
    .header('content-disposition', `attachment; filename*=UTF-8''${fileStem(made)}.${format}`)
    .send(Readable.from(chunks))
}

/** The path's suffix, else `format=`, else the type that `Accept` weighs most, JSON where it weighs none. */
function fileFormatOf({ originalUrl, headers, query }: Parameters<typeof sendReport>[1]): FileFormat {
  const named = suffixOf(originalUrl) ?? query.format
  if (named) return named
  const weight = (format: FileFormat) => weightOf(types[format], headers.accept)
  const file = weight('xlsx') > weight('csv') ? 'xlsx' : 'csv'
  return weight(file) > 0 && weight(file) >= weight('json') ? file : 'json'
}
