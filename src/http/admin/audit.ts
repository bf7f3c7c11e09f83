import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { actJson, actRows } from '../../audit/act-json.ts'
import { actsOf, everyAct, MOST_EXPORTED, namedBy, requireFew, type ActFilter } from '../../audit/acts.ts'
import type { Instant } from '../../clock.ts'
import { csvChunks, delimiters, type Delimiter } from '../../files/csv.ts'
import { instantFrom } from '../../time/instant-text.ts'
import { UTC } from '../../time/zone.ts'
import type { RouteFamily } from '../app.ts'
import { text } from '../request.ts'
import { queryOf, word } from '../v1/parameters.ts'
import { problems } from '../v1/problems.ts'
import type { Administrator } from './administrator.ts'
import { accountParameter, askedAccounts } from './asked-accounts.ts'

const moment = (what: string) =>
  text.optional().meta({
    description: `${what}: a date (its start in UTC), an ISO time, Unix seconds or days back (\`-7d\`).`,
    example: '-7d',
  })

const filters = {
  account_id: accountParameter.optional(),
  actor: text.max(60).optional().meta({
    description: 'Who did it: `user`, `token`, `operator`, `command` or `system`; one of them as `user:7`.',
    example: 'user:1',
  }),
  action: text.max(80).optional().meta({ description: 'What was done.', example: 'digest.pause' }),
  subject: text
    .max(60)
    .optional()
    .meta({ description: 'What it was done to: a kind, or one of it as `digest:7`.', example: 'digest' }),
  since: moment('From when on'),
  until: moment('Until before when'),
  before: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the id of an act')
    .optional()
    .meta({ description: 'Only what came before this act: `next` of the page before.', example: '1000' }),
}
const shown = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'must be a number from 1 to 100')
    .optional()
    .meta({ description: 'How many; 50 without. A file has all of them.', example: '50' }),
  format: word(['json', 'csv']).optional().meta({ description: 'JSON without.', example: 'csv' }),
  delimiter: word(Object.keys(delimiters) as Delimiter[])
    .optional()
    .meta({ description: 'What separates the fields of a file; a comma without.', example: 'semicolon' }),
  bom: word(['0', '1']).optional().meta({ description: '`0`: a file without a byte order mark.', example: '0' }),
}

const state = z.unknown().meta({ description: 'What of it changed; null: nothing was, or is, there.' })
const act = z.object({
  id: z.int(),
  account_id: z.int().nullable().meta({ description: 'Null: it concerns the installation.' }),
  at: z.string().meta({ format: 'date-time' }),
  actor: z.object({
    kind: z.enum(['user', 'token', 'operator', 'command', 'system']),
    id: z.int().nullable(),
    name: z.string().nullable().meta({ description: 'Of a user of the account, or of one of its tokens.' }),
  }),
  action: z.string().meta({ example: 'digest.pause' }),
  subject: z.object({ kind: z.string(), id: z.int().nullable() }).nullable(),
  reason: z.string().nullable(),
  before: state,
  after: state,
  request_id: z.string().nullable(),
})

const schema = {
  tags: ['Access'],
  summary: `Who did what, the newest first; as a file with \`format=csv\`, of at most ${MOST_EXPORTED} acts`,
  querystring: queryOf({ ...filters, ...shown }),
  response: {
    200: {
      description: 'A page of the audit log, or all of it as a file.',
      content: {
        'application/json': {
          schema: z.object({
            acts: z.array(act),
            next: z.int().nullable().meta({ description: '`before` of the next page; null: this is the last.' }),
          }),
        },
        'text/csv': { schema: z.string() },
      },
    },
    ...problems,
  },
}

/** `/audit`: who did what, when and why. */
export const auditRoutes: RouteFamily = (app, { readPool, clock }) => {
  app.get('/audit', { schema }, async ({ administrator, query }, reply) => {
    const filter = filterOf(administrator, query, clock())
    if (query.format !== 'csv') {
      const { acts, next } = await actsOf(readPool, filter, Number(query.limit ?? 50))
      return { acts: acts.map(actJson), next }
    }
    const style = { delimiter: query.delimiter, bom: query.bom !== '0' }
    await requireFew(readPool, filter)
    return sendFile(reply, csvChunks(actRows(everyAct(readPool, filter)), style))
  })
}

const sendFile = (reply: FastifyReply, chunks: AsyncIterable<string>): FastifyReply =>
  reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', 'attachment; filename=audit.csv')
    .send(Readable.from(chunks))

type Query = Partial<Record<keyof typeof filters, string | undefined>>

function filterOf(administrator: Administrator, query: Query, now: Instant): ActFilter {
  const { account_id: account, actor, action, subject, before } = query
  // An operator also sees what concerns the installation.
  const all = administrator.operator && account === undefined
  const momentOf = (name: 'since' | 'until') => (query[name] === undefined ? undefined : instantFrom(query[name], UTC, now))
  return {
    accounts: all ? null : askedAccounts(administrator, account),
    actor: actor === undefined ? undefined : namedBy('actor', actor),
    action,
    subject: subject === undefined ? undefined : namedBy('subject', subject),
    since: momentOf('since'),
    until: momentOf('until'),
    before: before === undefined ? undefined : Number(before),
  }
}
