import { z } from 'zod'
import { MOST_REFUSED, policyJson } from '../../digests/audience/consent-json.ts'
import { fields, line } from '../../digests/definition/definition.ts'
import { recipientPolicy, setPolicy } from '../../digests/audience/policy.ts'
import { readBy } from '../../digests/definition/what-is-wrong.ts'
import type { RouteFamily } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { bodyProblems, problems } from './problems.ts'

const { shape } = recipientPolicy

const rules = {
  external: shape.external.meta({ description: 'Whether people who are no users of the account may be recipients.' }),
  domains: shape.domains.meta({
    description:
      'Where mail may go, users’ addresses included: `example.com`, or `*.example.com` for all below it. Empty: anywhere.',
  }),
  most_recipients: shape.mostRecipients.meta({ description: 'How many different people all digests and groups may have.' }),
}
const body = fields({ ...rules, reason: line(500).meta({ description: 'Why, for those who read the audit log.' }) })

const answer = z.object({
  external: z.boolean(),
  domains: z.array(z.string()),
  most_recipients: z.int(),
  recipients_count: z.int().meta({ description: 'How many different people there are now.' }),
  refused_count: z.int().meta({ description: 'How many of them the policy refuses: nothing is sent to them.' }),
  refused: z
    .array(z.object({ email: z.string(), reason: z.string() }))
    .meta({ description: `The first ${MOST_REFUSED} of them.` }),
})

const common = { tags: ['Digests'], params: accountPath }

/** `/recipient_policy`: to whom digests may be sent. */
export const recipientPolicyRoutes: RouteFamily = (app, { pool }) => {
  const read = { ...common, summary: 'To whom digests may be sent', response: { 200: answer, ...problems } }
  app.get('/recipient_policy', { schema: read }, async ({ caller: { accountId } }) => policyJson(pool, accountId))
}

/** The same, to be changed. */
export const recipientPolicyChangeRoutes: RouteFamily = (app, { pool, clock }) => {
  const replace = {
    ...common,
    summary: 'Sets to whom digests may be sent, from the next mail on (administrators)',
    body,
    response: { 200: answer, ...bodyProblems },
  }
  app.put('/recipient_policy', { schema: replace, validatorCompiler: bodyToHandler }, async ({ caller, body: given }) => {
    const { accountId } = caller
    const { most_recipients: mostRecipients, reason, ...rest } = readBy(body, given, 'The body')
    await setPolicy(pool, accountId, { ...rest, mostRecipients }, { ...changeOf(caller, clock()), reason })
    return policyJson(pool, accountId)
  })
}
