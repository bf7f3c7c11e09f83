import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Actor } from '../audit/actor.ts'
import type { Instant } from '../clock.ts'
import type { Queryable } from '../db.ts'
import { fields, line } from '../digests/definition/definition.ts'
import { readBy } from '../digests/definition/what-is-wrong.ts'
import { invalid } from '../errors.ts'
import { backfillModes, bucketZone } from '../rollups/backfill/backfill-days.ts'
import type { Control } from '../rollups/backfill/control-backfill.ts'
import type { RequestKey } from '../rollups/backfill/request-key.ts'
import type { BackfillRequest } from '../rollups/backfill/start-backfill.ts'
import { CONCURRENCY_MAX } from '../rollups/backfill/turns.ts'
import { instantFrom } from '../time/instant-text.ts'

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time from 00:00 to 23:59')
const end = (what: string) =>
  z
    .union([z.string().min(1).max(40), z.number().transform(String)])
    .nullable()
    .default(null)
    .meta({
      description: `${what}: a local date, an ISO time with an offset, Unix seconds or days back (\`-7d\`); null: no end.`,
    })

/** What somebody says who wants history to be rolled, over HTTP and at the command line. */
export const backfillBody = fields({
  account_id: z.int().min(1).max(2_147_483_647).meta({ description: 'One of your accounts.' }),
  since: end('First day'),
  until: end('First instant after the last day'),
  mode: z.enum(backfillModes).default('all').meta({
    description:
      '`missing`: what was never rolled, or by older definitions; `incomplete`: that and what is dirty or failed; `all`.',
  }),
  order: z.enum(['newest', 'oldest']).default('newest').meta({ description: 'Which days come first.' }),
  max_hours_per_minute: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .default(null)
    .meta({ description: 'Hours of history rolled in a minute at most; null: as fast as it goes.' }),
  window: fields({ from: clock, until: clock })
    .refine(({ from, until }) => from !== until, 'must begin and end at different times')
    .nullable()
    .default(null)
    .meta({ description: 'When it works, by the wall clock of the account; over midnight too. Null: at any time.' }),
  concurrency: z.int().min(1).max(CONCURRENCY_MAX).nullable().default(null).meta({
    description:
      'It works only while fewer backfills than this do that were asked for before it, of whatever account. Null: as many as workers take.',
  }),
  verify: z.boolean().default(true).meta({ description: 'Recompute and compare afterwards.' }),
  allow_erase: z
    .boolean()
    .default(false)
    .meta({ description: 'Also where raw rows are gone: nothing of those days is left then.' }),
  reason: line(500).nullable().default(null).meta({ description: 'Why, for those who read the log; needed to start.' }),
  notify: z
    .boolean()
    .default(false)
    .meta({ description: 'Tell the user that the token belongs to by mail when it has ended, however it ends.' }),
  dry_run: z.boolean().default(true).meta({ description: 'True: only tell what would be done.' }),
  plan: z
    .string()
    .min(1)
    .max(2000)
    .nullable()
    .default(null)
    .meta({ description: 'The `plan` of a dry run, to start just that.' }),
  diff: z
    .union([z.literal('all'), z.int().min(0).max(1000)])
    .default(0)
    .meta({ description: 'Of a dry run: days to recompute for a look at what would change.' }),
})

export type BackfillBody = z.output<typeof backfillBody>

/** @throws Refusal (422) that says what is wrong, all at once */
export const backfillFrom = (body: unknown): BackfillBody => readBy(backfillBody, body, 'The body')

/** What is asked for, in instants. @throws Refusal (422) for what is no time, or without a reason where one is needed */
export async function requestOf(db: Queryable, body: BackfillBody, now: Instant): Promise<BackfillRequest> {
  if (body.reason === null && !body.dry_run) throw invalid('reason: is missing. Say why, in 1 to 500 characters.')
  const zone = await bucketZone(db, body.account_id)
  const instant = (text: string | null, open: Instant) => (text === null ? open : instantFrom(text, zone, now))
  return {
    accountId: body.account_id,
    since: instant(body.since, -Infinity),
    until: instant(body.until, Infinity),
    reason: body.reason ?? '',
    mode: body.mode,
    oldestFirst: body.order === 'oldest',
    maxHoursPerMinute: body.max_hours_per_minute,
    window: body.window,
    concurrency: body.concurrency,
    verify: body.verify,
    allowErase: body.allow_erase,
  }
}

/** A key of the caller's own for his request. */
export const requestKey = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible characters')

/** The key that a request is known by. Keys are chosen by whoever asks, so two people may choose the same. */
export function keyOf(actor: Actor, given: string | undefined, sha256: string): RequestKey | undefined {
  if (given === undefined) return undefined
  return { key: `${actor.kind} ${'id' in actor ? actor.id : ''} ${given}`, sha256 }
}

/**
 * A fingerprint of what a request says, to tell another one under the same key. Without a `concurrency` that is null and a
 * `notify` that is off: a request that an older release has taken is the same when it comes again.
 * @param body `notify` may say whom
 */
export function sha256OfBody({
  notify,
  concurrency,
  ...body
}: Omit<BackfillBody, 'notify'> & { notify: boolean | string }): string {
  return sha256Of({ ...body, ...(concurrency !== null && { concurrency }), ...(notify && { notify }) })
}

/** A fingerprint of what is done with a backfill. */
export const sha256OfControl = (backfill: number, control: Control, reason: string | null): string =>
  sha256Of({ backfill, control, reason })

const sha256Of = (said: object) => createHash('sha256').update(JSON.stringify(said)).digest('hex')
