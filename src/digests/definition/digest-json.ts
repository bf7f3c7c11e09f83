import { createHash } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import type { Queryable } from '../../db.ts'
import { zoneNamed } from '../../time/zones.ts'
import { checkDefinition } from './check-definition.ts'
import type { DefinitionInput } from './definition.ts'
import type { Digest } from './digest.ts'
import { standingsOf, type Standing } from './inventory.ts'
import { isoOf } from '../../time/local-text.ts'
import { nextDue, type NextDue } from '../schedule/next-due.ts'
import { canonicalJson } from '../snapshot/snapshot.ts'
import { wireOf, type WireDefinition } from './wire.ts'

/** A digest as it is told over HTTP and by the command line. */
export interface DigestJson extends WireDefinition, Standing {
  id: number
  paused: boolean
  paused_at: string | null
  pause_reason: string | null
  created_at: string
  updated_at: string
}

/** Digests of one account with how they stand. Of one that is paused, the due times are those that it would have. */
export async function digestsJson(db: Queryable, digests: readonly Digest[], now: Instant): Promise<DigestJson[]> {
  const standings = await standingsOf(db, digests, now)
  return digests.map((digest, i) => ({
    id: digest.id,
    ...wireOf(digest),
    ...standings[i]!,
    paused: digest.paused,
    paused_at: digest.pausedAt === null ? null : isoOf(digest.pausedAt),
    pause_reason: digest.pauseReason,
    created_at: isoOf(digest.createdAt),
    updated_at: isoOf(digest.updatedAt),
  }))
}

/** One digest. */
export async function digestJson(db: Queryable, digest: Digest, now: Instant): Promise<DigestJson> {
  const [json] = await digestsJson(db, [digest], now)
  return json!
}

/** A definition as it would be stored, and when it would be due. Nothing is stored. @throws Refusal (422) that says what to change */
export async function checkedJson(
  db: Queryable,
  accountId: number,
  input: DefinitionInput,
  now: Instant,
): Promise<WireDefinition & { next_due: NextDue[] }> {
  const checked = await checkDefinition(db, accountId, input)
  return { ...wireOf(checked), next_due: nextDue(checked, await zoneNamed(db, checked.zone), now) }
}

/** The SHA-256 of what a request asks for, however its keys are ordered. */
export const sha256Of = (json: unknown): string => createHash('sha256').update(canonicalJson(json)).digest('hex')
