import { csvRecords, csvText } from './csv-records.ts'
import type { Pair } from './difference.ts'
import type { Question } from './question.ts'

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

/** Takes the HTML escaping out of Chatwoot's file. */
export function settleHtml(pair: Pair): Pair {
  return edited(pair, (text) => text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity))
}

const bare = 'Inbox name,Inbox type,No. of conversations,Avg first response time,Avg resolution time'

/** Gives the two last columns of Chatwoot's inboxes file their headings. */
export function settleHeadings(pair: Pair, { route }: Question): Pair {
  if (route !== 'reports/inboxes') return pair
  return edited(pair, (text) => text.replace(`${bare}\n`, `${bare},Avg customer waiting time,Resolution Count\n`))
}

/**
 * Puts Tidemark's apostrophe before the cells of Chatwoot's file that lack it, where the cell is otherwise the same.
 * Lines may come in any order, so cells are looked up by what they hold.
 */
export function settleFormulas(pair: Pair): Pair {
  const guarded = new Set(
    csvRecords(String(pair.tidemark.body))
      .flat()
      .filter((cell) => cell.startsWith("'")),
  )
  return edited(pair, (text) => {
    const records = csvRecords(text)
    const lacking = records.some((record) => record.some((cell) => guarded.has(`'${cell}`)))
    return lacking ? csvText(records.map((record) => record.map((cell) => (guarded.has(`'${cell}`) ? `'${cell}` : cell)))) : text
  })
}

/** Takes the addresses that links begin with out of both CSAT files; account and conversation stay. */
export function settleLinks(pair: Pair, { route }: Question): Pair {
  if (route !== 'csat_survey_responses/download') return pair
  const bare = (text: string) => text.replaceAll(/https?:\/\/[^\s,"]*?(?=\/app\/accounts\/\d+\/conversations\/\d+)/g, '')
  const { chatwoot, tidemark } = edited(pair, bare)
  return chatwoot === pair.chatwoot ? pair : { chatwoot, tidemark: { ...tidemark, body: bare(String(tidemark.body)) } }
}

/** Chatwoot's file as it would be without a difference; the same pair where there is none, or no file. */
function edited(pair: Pair, edit: (text: string) => string): Pair {
  if (pair.chatwoot.kind !== 'csv' || pair.tidemark.kind !== 'csv') return pair
  const [before, after] = [String(pair.chatwoot.body), edit(String(pair.chatwoot.body))]
  return after === before ? pair : { ...pair, chatwoot: { ...pair.chatwoot, body: after } }
}
