import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { userOf, type Change } from '../../audit/change.ts'
import { differences } from '../../audit/differences.ts'
import { recordAct } from '../../audit/record.ts'
import { maybeOne, run, transaction, type Pool, type Queryable } from '../../db.ts'

/** To whom an account lets its digests be sent. */
export interface RecipientPolicy {
  /** Whether people who are no users of the account may be recipients. */
  external: boolean
  /** Domains that mail may go to, users' addresses included: `example.com` or `*.example.com` (all below it). Empty: any. */
  domains: string[]
  /** How many different people all digests and groups of the account may have. */
  mostRecipients: number
}

/** The policy of an account that has none. */
export const ANYBODY: RecipientPolicy = { external: true, domains: [], mostRecipients: 1000 }

const domain = z
  .string()
  .trim()
  .max(255)
  .transform((text) => text.replace(/^(\*\.)?(.*)$/s, (_, star = '', name: string) => `${star}${domainToASCII(name)}`))
  .refine(
    (text) => /^(?:\*\.)?(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(text) && text.length <= 255,
    'must be a domain such as example.com, or *.example.com for all below it',
  )

export const recipientPolicy = z.strictObject({
  external: z.boolean(),
  domains: z.array(domain).max(200),
  mostRecipients: z.int().min(1).max(10_000),
})

export async function policyOf(db: Queryable, accountId: number): Promise<RecipientPolicy> {
  const stored = await maybeOne<RecipientPolicy & Record<string, unknown>>(
    db,
    `select external, domains, most_recipients as "mostRecipients" from tidemark.recipient_policies where account_id = $1`,
    [accountId],
  )
  return stored ?? ANYBODY
}

/**
 * Replaces the policy, for a reason. Who is a recipient already stays one: what the policy refuses is not sent, and said in the
 * ledger.
 */
export async function setPolicy(
  pool: Pool,
  accountId: number,
  policy: RecipientPolicy,
  change: Change & { reason: string },
): Promise<void> {
  await transaction(pool, async (tx) => {
    // Beside whoever changes lists of recipients, which the policy bounds, and whoever changes the policy.
    await run(tx, `select pg_advisory_xact_lock(hashtext('tidemark recipients'), $1::int)`, [accountId])
    const before = await policyOf(tx, accountId)
    await store(tx, accountId, policy, change)
    const changed = differences(loggedOf(before), loggedOf(await policyOf(tx, accountId)))
    if (changed) await recordAct(tx, { ...change, accountId, action: 'policy.update', ...changed })
  })
}

const loggedOf = ({ mostRecipients, ...policy }: RecipientPolicy) => ({ ...policy, most_recipients: mostRecipients })

async function store(tx: Queryable, accountId: number, policy: RecipientPolicy, change: Change): Promise<void> {
  const domains = [...new Set(policy.domains)].toSorted()
  await run(
    tx,
    `insert into tidemark.recipient_policies (account_id, external, domains, most_recipients, updated_by, updated_at)
     values ($1, $2, $3, $4, $5, to_timestamp($6))
     on conflict (account_id) do update set external = excluded.external, domains = excluded.domains,
       most_recipients = excluded.most_recipients, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [accountId, policy.external, domains, policy.mostRecipients, userOf(change), change.at],
  )
}

/** Why a policy lets nothing be sent to an address; undefined when it does. `insider`: it is a user's of the account. */
export function whyRefused(policy: RecipientPolicy, address: string, insider: boolean): string | undefined {
  if (!policy.external && !insider) return 'only users of the account may be sent digests'
  const host = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const fits = (allowed: string) => (allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed)
  if (policy.domains.length === 0 || policy.domains.some(fits)) return undefined
  return `${host} is none of the domains that digests may be sent to`
}
