import { Refusal } from '../errors.ts'
import type { Range } from '../reports/values.ts'
import { kinds, type Kind, type Sample } from './plan.ts'
import { addressOf, type Question } from './question.ts'
import { sentenceOf, type Reply } from './reply.ts'
import type { Side } from './side.ts'

type Entity = { id: number; conversations_count: number }

const refused = (message: string) => new Refusal('refused', message, { status: 502, exitCode: 1 })

/**
 * The first thing that a side is asked, so that a wrong address, token or account is told before hundreds of questions.
 * @throws Refusal (exit 1) with what to mend.
 */
export async function greet(side: Side, accountId: number, range: Range): Promise<void> {
  await entitiesOf(side, accountId, range, 'agent')
}

/** The busiest agents, inboxes, teams and labels of the range, by conversations; at most `size` of each. */
export async function sampleOf(side: Side, accountId: number, range: Range, size: number): Promise<Sample> {
  const sample = {} as Record<Kind, number[]>
  for (const kind of kinds) {
    const busiest = (await entitiesOf(side, accountId, range, kind)).sort(
      (a, b) => b.conversations_count - a.conversations_count || a.id - b.id,
    )
    sample[kind] = busiest.slice(0, size).map(({ id }) => id)
  }
  return sample
}

async function entitiesOf(side: Side, accountId: number, { since, until }: Range, kind: Kind): Promise<Entity[]> {
  const query = { since: String(since), until: String(until) }
  const question: Question = { endpoint: '', version: 'v2', route: `summary_reports/${kind}`, query }
  const reply = await side.ask(addressOf(question, accountId))
  if (reply.status !== 200) throw refused(explanation(side.name, accountId, reply))
  if (!isEntityList(reply.body))
    throw refused(`${side.name} does not answer as Chatwoot's report API does. Is the address right?`)
  return [...reply.body]
}

function isEntityList(body: unknown): body is Entity[] {
  return Array.isArray(body) && body.every(({ id, conversations_count }: Entity) => Number.isInteger(id + conversations_count))
}

function explanation(name: string, accountId: number, reply: Reply): string {
  const said = sentenceOf(reply) === '' ? '' : ` (${sentenceOf(reply)})`
  const { status } = reply
  if (status === 0) return `${name} gave ${String(reply.body)}.`
  if (status === 401 || status === 403) {
    return `${name} refuses the token${said}. It must be that of an administrator of account ${accountId}, on both sides.`
  }
  if (status === 404) return `${name} has no account ${accountId}, or is not at this address${said}.`
  return `${name} answers ${status}${said} where a list of agents should be.`
}
