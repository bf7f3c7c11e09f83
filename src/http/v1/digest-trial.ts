import { z } from 'zod'
import type { Change } from '../../audit/change.ts'
import { one } from '../../db.ts'
import { findDigest, type Digest } from '../../digests/definition/digest.ts'
import { resultSoFar, runDigest } from '../../digests/composing/run-digest.ts'
import { isSettled, runJson } from '../../digests/definition/run-json.ts'
import { sendTestMail } from '../../digests/delivery/test-mail.ts'
import { within } from '../../closing.ts'
import { invalid, Refusal } from '../../errors.ts'
import { errorReporter } from '../../failure.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { changeOf } from '../change.ts'
import type { Caller } from '../auth.ts'
import { digestPath, idIn } from './digest-path.ts'
import { byState, dates } from './digest-shapes.ts'
import { slotStates } from '../../digests/delivery/history.ts'
import { as, bodyProblems } from './problems.ts'

const tags = ['Digests']

/** `/digests/:digest/{test,run}`: a digest before, or besides, its time. */
export const digestTrialRoutes: RouteFamily = (app, context) => {
  const underWay = new Set<Promise<unknown>>()
  // What was begun goes on after its answer: a process that stops waits for it, as it does for requests.
  app.addHook('onClose', async () => void (await Promise.allSettled(underWay)))
  const report = errorReporter('what somebody asked a digest for has failed after it was answered')

  /** The result, or undefined when it takes too long; then it goes on. */
  const inTime = async <T>(work: Promise<T>): Promise<T | undefined> => {
    if (await within(context.answerWithin, work)) return work
    underWay.add(work)
    void work.catch(report).finally(() => underWay.delete(work))
    return undefined
  }
  addTest(app, context, inTime)
  addRun(app, context, inTime)
}

type InTime = <T>(work: Promise<T>) => Promise<T | undefined>

const testAnswer = z.object({
  state: z
    .enum(['sent', 'written', 'sending'])
    .meta({ description: 'sent: the server has accepted it; written: it lies in the outbox, no server is configured.' }),
  to: z.string(),
  subject: z.string().nullable(),
  period: dates.nullable(),
})

function addTest(app: App, { pool, clock, mailRoute }: ServerContext, inTime: InTime): void {
  const schema = {
    tags,
    summary: 'Sends what the schedule would send now to whoever asks, marked [TEST]; it counts as nobody’s delivery',
    params: digestPath,
    response: {
      200: testAnswer,
      202: testAnswer.meta({ description: 'The mail server takes its time; the history of test mails tells what became of it.' }),
      ...bodyProblems,
      429: as('Ten within the hour, or too many requests; `Retry-After` says when to come again.'),
      502: as('The mail server did not accept it.'),
    },
  }
  app.post('/digests/:digest/test', { schema }, async ({ caller, params }, reply) => {
    const digest = await findDigest(pool, caller.accountId, idIn(params.digest))
    const to = await addressOf(caller)
    const sent = await inTime(sendTestMail(pool, digest, { to, requestedBy: caller.userId }, clock(), mailRoute()))
    if (!sent) return reply.code(202).send({ state: 'sending' as const, to, subject: null, period: null })
    const { outcome, subject, firstDate, lastDate } = sent
    if ('error' in outcome) throw notSent(outcome.kind, outcome.error)
    return { state: outcome.kind, to, subject, period: { first_date: firstDate, last_date: lastDate } }
  })

  async function addressOf({ accountId, userId }: Caller): Promise<string> {
    if (userId === null) throw invalid('This token stands for nobody, so there is no address to send to. Ask as a user.')
    const text =
      'select u.email from account_users m join users u on u.id = m.user_id where m.account_id = $1 and u.id = $2 limit 1'
    return (await one<{ email: string }>(pool, text, [accountId, userId])).email
  }
}

const notSent = (kind: string, error: string) =>
  new Refusal('not_sent', `The test mail was not sent (${kind}): ${error}`, { status: 502, exitCode: 1 })

const count = z.int()
const runAnswer = z.object({
  period: dates,
  state: z.enum(slotStates),
  note: z.string().nullable(),
  delivered: z.boolean().meta({ description: 'True only when the server has accepted a mail for everybody who is sent one.' }),
  message: z.string(),
  this_run: z
    .object({
      sent: count,
      written: count,
      refused: count,
      uncertain: count,
      suppressed: count,
      skipped: count,
      postponed: count,
    })
    .nullable()
    .meta({ description: 'What this run did; null while it is under way.' }),
  deliveries: byState,
})

function addRun(app: App, { pool, clock, mailRoute }: ServerContext, inTime: InTime): void {
  const schema = {
    tags,
    summary: 'Composes and delivers what is due now, once: run again, it does nothing',
    params: digestPath,
    response: {
      200: runAnswer.meta({ description: 'Nothing is left to be done; `delivered` says whether everybody got it.' }),
      202: runAnswer.meta({ description: 'Some of it waits for data, is queued, or is under way; it goes on by itself.' }),
      ...bodyProblems,
    },
  }
  app.post('/digests/:digest/run', { schema }, async ({ caller, params }, reply) => {
    const digest = await findDigest(pool, caller.accountId, idIn(params.digest))
    const result = await runInTime(digest, changeOf(caller, clock()))
    return reply.code(isSettled(result) ? 200 : 202).send(runJson(result))
  })

  async function runInTime(digest: Digest, by: Change) {
    const [now, stop] = [by.at, new AbortController()]
    const done = await inTime(runDigest(pool, digest, now, { by, route: mailRoute(), signal: stop.signal }))
    if (done) return done
    // What is not on its way by now is left to the heartbeat.
    stop.abort()
    return resultSoFar(pool, digest, now)
  }
}
