import { sql, type Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { answer, type Answer } from '../answer.ts'
import { csvTable, periodLine, type Cell } from './chatwoot-csv.ts'
import { filterValues, onFiltered, type CsatFilter } from './csat-filter.ts'
import { isEmpty, type Range } from '../values.ts'

interface Line extends Record<string, unknown> {
  agent_name: string | null
  agent_email: string | null
  rating: number
  feedback_message: string | null
  contact_name: string | null
  contact_email: string | null
  phone_number: string | null
  display_id: number | null
  recorded: string
  csat_review_notes: string | null
}

const headings = [
  'Agent Name',
  'Rating',
  'Feedback Comment',
  'Contact Name',
  'Contact Email Address',
  'Contact Phone Number',
  'Link to the conversation',
  'Recorded date',
  'Review Notes',
]

/** What one file may hold: some 15 MB. */
export const CSAT_LINES_MAX = 50_000

const lines = onFiltered(sql(import.meta.url, './csat-lines.sql'))

/**
 * The survey responses of a period as a file, the period in its last line. `chatwootUrl` is where links lead.
 * @throws Refusal (422) for more than CSAT_LINES_MAX.
 */
export function csatCsv(
  pool: Pool,
  accountId: number,
  { range, filter, chatwootUrl }: { range: Range; filter: CsatFilter; chatwootUrl: string },
): Promise<Answer<string>> {
  return answer(pool, accountId, async (read) => {
    if (!isEmpty(range)) read.requireRaw(range.since)
    const rows = await read.raw<Line>(lines, [...filterValues(range, filter), CSAT_LINES_MAX + 1])
    if (rows.length > CSAT_LINES_MAX) {
      throw invalid(`A file holds at most ${CSAT_LINES_MAX} responses, and this period has more. Ask for a shorter one.`)
    }
    const base = `${chatwootUrl.replace(/\/$/, '')}/app/accounts/${accountId}/conversations/`
    return csvTable([headings, ...rows.map((line) => cellsOf(line, base))]) + `${periodLine(range)}\n`
  })
}

function cellsOf(line: Line, base: string): Cell[] {
  return [
    line.agent_name === null ? '' : `${line.agent_name} (${line.agent_email ?? ''})`,
    line.rating,
    line.feedback_message ?? '',
    line.contact_name ?? '',
    line.contact_email ?? '',
    line.phone_number ?? '',
    line.display_id === null ? '' : `${base}${line.display_id}`,
    line.recorded,
    line.csat_review_notes ?? '',
  ]
}
