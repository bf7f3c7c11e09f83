import { Option, type Command } from 'commander'
import { COMMAND } from '../audit/actor.ts'
import { recordAct } from '../audit/record.ts'
import { now } from '../clock.ts'
import { config } from '../config.ts'
import { transaction } from '../db.ts'
import { Refusal } from '../errors.ts'
import { QUEUES, type QueueName } from '../job.ts'
import { openQueues, type Queues } from '../queue.ts'
import type { Failure } from '../queue-state.ts'
import { isoOf } from '../time/local-text.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'

interface Options {
  queue?: QueueName
  job?: string
  all?: boolean
  reason?: string
  json?: boolean
}

/** `tidemark queue …`: how many jobs there are, which were given up and why, and to try them again. */
export function registerQueue(program: Command): void {
  const queue = program.command('queue').description('how many jobs there are, which were given up and why')
  const verb = (name: string, description: string, work: (opened: Opened, options: Options) => Promise<void>) =>
    queue
      .command(name)
      .description(description)
      .action((_, command: Command) => withQueues((opened) => work(opened, command.optsWithGlobals())))
  const oneQueue = () => new Option('--queue <name>', 'one queue only').choices(QUEUES)

  verb('list', 'jobs of each queue by state', list)
  verb('failed', 'jobs that were given up, with the reason of the last attempt; the newest 100 of each queue', failed).addOption(
    oneQueue(),
  )
  verb('retry', 'give jobs that were given up all their attempts again', retry)
    .addOption(oneQueue())
    .option('--job <id>', 'this one; with --queue')
    .option('--all', 'all that `failed` lists')
    .option('--reason <text>', 'why, for the audit log')
}

interface Opened extends Session {
  queues: Queues
}

async function withQueues(work: (opened: Opened) => Promise<void>): Promise<void> {
  await withSession(async (session) => {
    const queues = await openQueues(session)
    try {
      await work({ ...session, queues })
    } finally {
      await queues.close()
    }
  })
}

async function list({ queues }: Opened, { json }: Options): Promise<void> {
  const depths = await queues.depths()
  const store = config.redisUrl ? 'redis' : 'postgresql'
  const rows = QUEUES.map((name) => {
    const { waiting, active, delayed, failed: given } = depths[name]
    return [name, ...[waiting, active, delayed, given].map(String)]
  })
  const data = { store, queues: QUEUES.map((name) => ({ queue: name, ...depths[name] })) }
  print(json, data, table([['queue', 'waiting', 'active', 'delayed', 'failed'], ...rows]))
}

const failuresIn = async (queues: Queues, only: QueueName | undefined): Promise<Failure[]> =>
  (await queues.failures()).filter((failure) => only === undefined || failure.queue === only)

async function failed({ queues }: Opened, { queue, json }: Options): Promise<void> {
  const failures = await failuresIn(queues, queue)
  const data = failures.map(({ jobId, accountId, failedAt, ...rest }) => {
    return { ...rest, job_id: jobId, account_id: accountId, failed_at: isoOf(failedAt) }
  })
  const rows = failures.map(({ queue: name, job, jobId, accountId, attempts, failedAt, reason }) => [
    name,
    job,
    jobId,
    accountId === null ? '-' : String(accountId),
    String(attempts),
    isoOf(failedAt),
    reason.replaceAll(/\s+/g, ' '),
  ])
  const heading = ['queue', 'job', 'id', 'account', 'attempts', 'failed', 'reason']
  print(json, { failed: data }, failures.length === 0 ? 'No job has been given up.' : table([heading, ...rows]))
}

async function retry(opened: Opened, { queue, job, all, reason, json }: Options): Promise<void> {
  if ((job === undefined) === (all !== true)) throw new Refusal('which', 'Say which: --queue <name> --job <id>, or --all.')
  if (job !== undefined && queue === undefined) throw new Refusal('which', 'Ids are those of a queue: add --queue <name>.')
  const retried: Chosen[] = []
  const passedOver: Chosen[] = []
  if (job !== undefined && queue !== undefined) {
    await retryOne(opened, { queue, job_id: job }, reason)
    retried.push({ queue, job_id: job })
  } else {
    for (const failure of await failuresIn(opened.queues, queue)) {
      const chosen = { queue: failure.queue, job_id: failure.jobId }
      ;((await retryUnlessGone(opened, chosen, reason)) ? retried : passedOver).push(chosen)
    }
  }
  const jobs = (count: number) => `${count} ${count === 1 ? 'job is' : 'jobs are'}`
  const rest = passedOver.length > 0 ? ` ${passedOver.length} had been retried or removed meanwhile.` : ''
  print(json, { retried, passed_over: passedOver }, `${jobs(retried.length)} tried again.${rest}`)
}

interface Chosen {
  queue: QueueName
  job_id: string
}

/** On the audit log where it is done, and only there. @throws Refusal (404) when there is no such failed job */
async function retryOne({ pool, queues }: Opened, chosen: Chosen, reason: string | undefined): Promise<void> {
  await transaction(pool, async (tx) => {
    const act = { actor: COMMAND, accountId: null, at: now(), action: 'queue.retry', reason: reason ?? null } as const
    await recordAct(tx, { ...act, after: chosen })
    await queues.retry(chosen.queue, chosen.job_id)
  })
}

/** False when somebody else has retried or removed it since it was listed: that holds up no other. */
async function retryUnlessGone(opened: Opened, chosen: Chosen, reason: string | undefined): Promise<boolean> {
  try {
    await retryOne(opened, chosen, reason)
    return true
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return false
    throw error
  }
}
