import { z } from 'zod'
import type { Instant } from '../clock.ts'
import { many, maybeOne, one, type Queryable } from '../db.ts'
import { invalid, notFound } from '../errors.ts'
import { zoneNamed } from '../time/zones.ts'
import { mailAddress, NO_CONTROLS } from './address.ts'
import type { Schedule } from './slot.ts'

/** What a mail may carry: its figures in the mail itself, CSV files, a workbook. */
export const formats = ['inline', 'csv', 'xlsx'] as const
export type Format = (typeof formats)[number]

/** A digest as it is stored. */
export interface Digest extends Schedule {
  id: number
  accountId: number
  name: string
  zone: string
  recipients: string[]
  formats: Format[]
  businessHours: boolean
  paused: boolean
  activeSince: Instant
}

/** At most this many addresses; a longer list belongs to a mailing list. */
const MOST_RECIPIENTS = 200

/** What a digest is made from. Names and addresses with control characters are refused, never mended. */
export const digestInput = z.strictObject({
  name: z.string().trim().min(1).max(120).regex(NO_CONTROLS, 'must be one line'),
  zone: z.string().min(1).max(64),
  weekday: z.int().min(0).max(6),
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time from 00:00 to 23:59'),
  firstWeekday: z.int().min(0).max(6).default(1),
  recipients: z.array(z.string()).min(1).max(MOST_RECIPIENTS),
  formats: z.array(z.enum(formats)).min(1).max(3).default(['inline', 'xlsx']),
  businessHours: z.boolean().default(false),
})
export type DigestInput = z.input<typeof digestInput>

const columns = `id, account_id as "accountId", name, zone, weekday, time, first_weekday as "firstWeekday", recipients, formats,
  business_hours as "businessHours", paused, extract(epoch from active_since)::float8 as "activeSince"`

/**
 * Makes a digest; its first slot is the first one after `now`.
 * @throws Refusal (422) naming what is wrong with the input, (404) when there is no such account
 */
export async function createDigest(db: Queryable, accountId: number, input: DigestInput, now: Instant): Promise<Digest> {
  const digest = await checked(db, input)
  if (!(await maybeOne(db, 'select id from accounts where id = $1', [accountId])))
    throw notFound(`There is no account ${accountId} here.`)
  return one<Digest & Record<string, unknown>>(
    db,
    `insert into tidemark.digests
       (account_id, name, zone, weekday, time, first_weekday, recipients, formats, business_hours, active_since)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10)) returning ${columns}`,
    [accountId, ...digest, now],
  )
}

/**
 * Changes a digest. Periods that have a slot already keep it: an edited zone or hour never sends a week twice.
 * @throws Refusal (422) naming what is wrong with the input, (404) when there is no such digest
 */
export async function updateDigest(db: Queryable, accountId: number, id: number, input: DigestInput): Promise<Digest> {
  const digest = await checked(db, input)
  const updated = await maybeOne<Digest & Record<string, unknown>>(
    db,
    `update tidemark.digests set name = $3, zone = $4, weekday = $5, time = $6, first_weekday = $7, recipients = $8,
       formats = $9, business_hours = $10
     where account_id = $1 and id = $2 returning ${columns}`,
    [accountId, id, ...digest],
  )
  return updated ?? absent(id)
}

/** Pauses or resumes a digest. Slots that pass while it is paused are not made up for. */
export async function setPaused(db: Queryable, accountId: number, id: number, paused: boolean, now: Instant): Promise<Digest> {
  const updated = await maybeOne<Digest & Record<string, unknown>>(
    db,
    `update tidemark.digests set paused = $3, active_since = case when paused and not $3 then to_timestamp($4) else active_since end
     where account_id = $1 and id = $2 returning ${columns}`,
    [accountId, id, paused, now],
  )
  return updated ?? absent(id)
}

/** @throws Refusal (404) when the account has no such digest */
export async function findDigest(db: Queryable, accountId: number, id: number): Promise<Digest> {
  const values = [accountId, id]
  const found = await maybeOne<Digest & Record<string, unknown>>(
    db,
    `select ${columns} from tidemark.digests where account_id = $1 and id = $2`,
    values,
  )
  return found ?? absent(id)
}

/** The digests of an account, by id; at most 1,000. */
export function digestsOf(db: Queryable, accountId: number): Promise<Digest[]> {
  return many<Digest & Record<string, unknown>>(
    db,
    `select ${columns} from tidemark.digests where account_id = $1 order by id limit 1000`,
    [accountId],
  )
}

function absent(id: number): never {
  throw notFound(`There is no digest ${id} in this account.`)
}

/** The columns of a digest from its input, in the order of the statements above. */
async function checked(db: Queryable, input: DigestInput): Promise<unknown[]> {
  const parsed = digestInput.safeParse(input)
  if (!parsed.success) {
    throw invalid(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  }
  const { name, weekday, time, firstWeekday, recipients, formats: wanted, businessHours } = parsed.data
  const zone = await zoneNamed(db, parsed.data.zone)
  const addresses = [...new Map(recipients.map(mailAddress).map((address) => [address.toLowerCase(), address])).values()]
  return [name, zone.name, weekday, time, firstWeekday, addresses, [...new Set(wanted)], businessHours]
}
