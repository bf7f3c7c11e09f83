import type { Instant } from '../clock.ts'
import { differenceOf, differencesIn, type Difference, type Pair } from './difference.ts'
import { addressOf, type Question } from './question.ts'
import { MOVED, NOT_SERVED, reasons, type Reason } from './reasons.ts'
import type { Side } from './side.ts'

export interface Sides {
  chatwoot: Side
  tidemark: Side
  accountId: number
  now: Instant
  /** The paths that Tidemark serves, as its openapi.json writes them. */
  served: ReadonlySet<string>
}

/** What came of one question: equal, differing for documented reasons, or differing without one. */
export interface Outcome {
  question: Question
  /** Ids of the reasons; empty when the answers are equal. */
  reasons: readonly string[]
  /** Where they differ when no reason says why. */
  difference?: Difference
}

/** Times that both are asked again before a difference counts. */
const AGAIN = 2

/** Asks both sides every question, two questions at a time. Stops early, with what it has, when `signal` fires. */
export async function compareAll(
  sides: Sides,
  questions: readonly Question[],
  { signal, onOutcome }: { signal?: AbortSignal; onOutcome?: (done: number) => void } = {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  const work = async () => {
    for (let question = questions[next++]; question && !signal?.aborted; question = questions[next++]) {
      outcomes.push(await compareOne(sides, question))
      onOutcome?.(outcomes.length)
    }
  }
  await Promise.all([work(), work()])
  return outcomes
}

/** Asks both sides one question, again where they differ, and settles what documented reasons account for. */
export async function compareOne(sides: Sides, question: Question): Promise<Outcome> {
  const path = `/api/${question.version}/accounts/{account_id}/${question.route}`
  if (!sides.served.has(path)) return { question, reasons: [NOT_SERVED] }
  let pair = await askBoth(sides, question)
  let outcome = await settled(sides, question, pair)
  let moved = false
  for (let i = 0; i < AGAIN && outcome.difference; i++) {
    const later = await askBoth(sides, question)
    moved ||= JSON.stringify(later) !== JSON.stringify(pair)
    pair = later
    outcome = await settled(sides, question, pair)
    if (!outcome.difference) return { ...outcome, reasons: [...outcome.reasons, MOVED] }
  }
  // A figure of this moment that never stands still cannot be held against the other.
  return outcome.difference && moved && question.live ? { question, reasons: [MOVED] } : outcome
}

async function askBoth({ chatwoot, tidemark, accountId }: Sides, question: Question): Promise<Pair> {
  const address = addressOf(question, accountId)
  const [theirs, ours] = await Promise.all([chatwoot.ask(address), tidemark.ask(address)])
  return { chatwoot: theirs, tidemark: ours }
}

/** Takes the reasons out of two answers, one after the other, until nothing differs or only what has none. */
async function settled(sides: Sides, question: Question, given: Pair): Promise<Outcome> {
  const silence = unanswered(given)
  if (silence) return { question, reasons: [], difference: silence }
  const used: string[] = []
  let pair = given
  let left = differenceOf(pair, question)
  for (const reason of reasons) {
    if (!left) break
    const next = await withoutReason(sides, reason, pair, question)
    if (next === pair) continue
    used.push(reason.id)
    pair = next
    left = differenceOf(pair, question)
  }
  return left ? { question, reasons: [], difference: left } : { question, reasons: used }
}

/** The pair without what one reason accounts for. Another way of asking counts when its answer is nearer to Chatwoot's. */
async function withoutReason(sides: Sides, { settle, rephrase }: Reason, pair: Pair, question: Question): Promise<Pair> {
  const other = rephrase?.(question, sides.now)
  if (!other) return settle?.(pair, question) ?? pair
  const next = { ...pair, tidemark: await sides.tidemark.ask(addressOf(other, sides.accountId)) }
  return differencesIn(next, question) < differencesIn(pair, question) ? next : pair
}

/** That a side gave no answer is a difference of its own, whatever the other one says. */
function unanswered({ chatwoot, tidemark }: Pair): Difference | undefined {
  if (chatwoot.status !== 0 && tidemark.status !== 0) return undefined
  const said = (reply: Pair['chatwoot']) => (reply.status === 0 ? reply.body : reply.status)
  return { at: 'answered', chatwoot: said(chatwoot), tidemark: said(tidemark) }
}
