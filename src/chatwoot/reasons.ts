import type { Instant } from '../clock.ts'
import { offsetHours } from '../time/rails.ts'
import { settleFormulas, settleHeadings, settleHtml, settleLinks } from './csv-reasons.ts'
import { listOf, withList, type Pair, type Row } from './difference.ts'
import type { Question } from './question.ts'
import { sentenceOf, type Reply } from './reply.ts'
import { chatwootZone } from './zone-of-offset.ts'

/** A documented reason for which the two answers to a question may differ. */
export interface Reason {
  /** As docs/chatwoot-differences.md names it. */
  id: string
  sentence: string
  /**
   * Takes out of two answers exactly what the reason accounts for; whatever else differs still does afterwards. The same
   * pair when it has nothing to say about it.
   */
  settle?: (pair: Pair, question: Question) => Pair
  /** What to ask Tidemark instead, for the answer that Chatwoot gave. Undefined when the reason cannot show here. */
  rephrase?: (question: Question, now: Instant) => Question | undefined
}

/** The route is none of Tidemark's: decided before anybody is asked. */
export const NOT_SERVED = 'not-served'
/** The figures moved between two asks: found out by asking again. */
export const MOVED = 'moved'

/** Every reason, in the order in which they are tried. */
export const reasons: readonly Reason[] = [
  { id: NOT_SERVED, sentence: 'Tidemark does not serve this route; /openapi.json lists those it does.' },
  {
    id: 'not-in-chatwoot',
    sentence: 'This Chatwoot does not have the route: it is older than 4.16, or the route is Enterprise.',
    settle: (pair) => {
      const missing = pair.chatwoot.status === 404 && pair.chatwoot.kind !== 'json' && pair.tidemark.status !== 404
      return missing ? agreed(pair) : pair
    },
  },
  {
    id: 'refused-not-failed',
    sentence: 'Input that makes Chatwoot fail with 500 is refused with 422 and a sentence.',
    settle: (pair) => (statuses(pair, 500, 422) ? agreed(pair) : pair),
  },
  {
    id: 'chatwoot-timeout',
    sentence: 'The report took Chatwoot longer than its statement timeout; Tidemark answered.',
    settle: (pair) => (statuses(pair, 422, 200) && /took too long/.test(sentenceOf(pair.chatwoot)) ? agreed(pair) : pair),
  },
  {
    id: 'bounds',
    sentence: 'Tidemark bounds the length of a series and of a list, and says so with 422.',
    settle: (pair) => (statuses(pair, 200, 422) && /\bat most \d+/.test(sentenceOf(pair.tidemark)) ? agreed(pair) : pair),
  },
  { id: 'csv-html', sentence: 'Chatwoot HTML-escapes CSV (#10310); Tidemark writes names as they are.', settle: settleHtml },
  {
    id: 'csv-inbox-headings',
    sentence: 'Chatwoot leaves two of the seven columns of the inboxes file without headings.',
    settle: settleHeadings,
  },
  {
    id: 'csv-formulas',
    sentence: 'Tidemark puts an apostrophe before more cells that a spreadsheet would run as a formula (D14).',
    settle: settleFormulas,
  },
  {
    id: 'thumbnail',
    sentence: 'Pictures are not in the tables that reports read: `thumbnail` is empty.',
    settle: (pair) => overlay(pair, (key, _theirs, ours) => key === 'thumbnail' && ours === ''),
  },
  {
    id: 'availability',
    sentence: 'Presence is in Chatwoot’s Redis: members with auto_offline are `offline`.',
    settle: (pair) => overlay(pair, (key, _theirs, ours) => /^availability(_status)?$/.test(key) && ours === 'offline'),
  },
  {
    id: 'confirmed',
    sentence: 'How people sign in is Chatwoot’s own affair: `confirmed` of agents in CSAT is true.',
    settle: (pair) => overlay(pair, (key, _theirs, ours) => key === 'confirmed' && ours === true),
  },
  {
    id: 'foreign-names',
    sentence: 'Nothing of another account is shown: names of its contacts, inboxes and bots are null.',
    settle: (pair) => overlay(pair, (key, theirs, ours) => foreignName.test(key) && typeof theirs === 'string' && ours === null),
  },
  {
    id: 'csat-links',
    sentence: 'Links in the CSAT file lead to CHATWOOT_URL, else PUBLIC_URL, as Chatwoot’s own address is not in its tables.',
    settle: settleLinks,
  },
  {
    id: 'page-ties',
    sentence: 'Which of several rows with the same time or figure end a page is undefined.',
    settle: settleTies,
  },
  {
    id: 'zone-of-offset',
    sentence: 'An offset that the account’s clocks have now means the account’s zone, not the first Rails zone that has it (D9).',
    rephrase: (question, now) => {
      const offset = question.query['timezone_offset']
      if (typeof offset !== 'string' || !/^reports(\/drilldown)?$/.test(question.route)) return undefined
      return { ...question, query: { ...question.query, timezone: chatwootZone(offset, now) } }
    },
  },
  {
    id: 'tz-data',
    sentence: 'Chatwoot takes +6 for Almaty by old tz data and cuts rows by new ones; Tidemark takes it for Dhaka.',
    settle: settleAlmaty,
  },
  { id: MOVED, sentence: 'The figures moved between two asks.' },
]

const foreignName = /^(contact|inbox|assignee|sender)_name$/

function statuses({ chatwoot, tidemark }: Pair, theirs: number, ours: number): boolean {
  return chatwoot.status === theirs && tidemark.status === ours
}

const agreed = ({ tidemark }: Pair): Pair => ({ chatwoot: tidemark, tidemark })

/** Chatwoot's answer with Tidemark's values wherever a reason accounts for them. */
function overlay(pair: Pair, accounted: (key: string, theirs: unknown, ours: unknown) => boolean): Pair {
  const lay = (theirs: unknown, ours: unknown): unknown => {
    if (typeof theirs !== 'object' || typeof ours !== 'object' || theirs === null || ours === null) return theirs
    if (Array.isArray(theirs)) return Array.isArray(ours) ? layLists(theirs, ours, lay) : theirs
    return Object.fromEntries(
      Object.entries(theirs).map(([key, value]) => {
        const own = (ours as Row)[key]
        return [key, value !== own && accounted(key, value, own) ? own : lay(value, own)]
      }),
    )
  }
  return replaced(pair, lay(pair.chatwoot.body, pair.tidemark.body))
}

/** Rows are laid on those with the same id, as lists may come in any order. */
function layLists(theirs: unknown[], ours: unknown[], lay: (theirs: unknown, ours: unknown) => unknown): unknown[] {
  const idOf = (row: unknown) => (row as Row | null)?.['id']
  const byId = new Map(ours.map((row) => [idOf(row), row]))
  return theirs.map((row, i) => lay(row, idOf(row) === undefined ? ours[i] : byId.get(idOf(row))))
}

function replaced(pair: Pair, body: unknown): Pair {
  const changed = JSON.stringify(body) !== JSON.stringify(pair.chatwoot.body)
  return changed ? { ...pair, chatwoot: { ...pair.chatwoot, body } } : pair
}

/** Leaves out of two full pages the rows that tie with the last one. */
function settleTies(pair: Pair, question: Question): Pair {
  const { page } = question
  const [theirs, ours] = [listOf(pair.chatwoot, question), listOf(pair.tidemark, question)]
  if (!page || theirs?.length !== page.size || ours?.length !== page.size) return pair
  const keyOf = (row: Row | undefined) =>
    page.key.split('.').reduce<unknown>((node, step) => (node as Row | undefined)?.[step], row)
  const last = keyOf(theirs.at(-1))
  if (last !== keyOf(ours.at(-1))) return pair
  const above = (reply: Reply, list: Row[]) =>
    withList(
      reply,
      question,
      list.filter((row) => keyOf(row) !== last),
    )
  return { chatwoot: above(pair.chatwoot, theirs), tidemark: above(pair.tidemark, ours) }
}

/** The same buckets, with rows in other ones. Only where +6 is asked for: nowhere else do the tz data differ. */
function settleAlmaty(pair: Pair, { route, query }: Question): Pair {
  const offset = query['timezone_offset']
  if (route !== 'reports' || typeof offset !== 'string' || offsetHours(offset) !== 6) return pair
  const starts = (reply: Reply) => JSON.stringify(listOf(reply, {})?.map(({ timestamp }) => timestamp))
  return starts(pair.chatwoot) === starts(pair.tidemark) ? agreed(pair) : pair
}
