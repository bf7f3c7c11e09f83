import type { Queryable } from '../db.ts'
import { z } from 'zod'
import { line } from '../digests/definition/definition.ts'
import { readBy } from '../digests/definition/what-is-wrong.ts'
import { invalid } from '../errors.ts'
import { DEFAULT_FIRST_WEEKDAY, settingsOf } from './settings.ts'
import { wireOf, type WireSettings } from './settings-schema.ts'
import { accountZone } from './zone.ts'

/** What an answer tells besides the settings: a changed answer may be sent back as it is. */
const told = new Set(['in_force', 'links'])

/** Why settings are changed, in the words of who does it. */
export const reasonText = line(500).nullable().optional().meta({ description: 'Why, for the audit log.' })

/** The settings of an account as JSON, with what is in force where nothing is settled, and where the rest of them is. */
export async function settingsJson(db: Queryable, accountId: number) {
  const wire = wireOf(await settingsOf(db, accountId))
  const path = `/api/v1/accounts/${accountId}`
  return {
    ...wire,
    in_force: {
      zone: (await accountZone(db, accountId)).name,
      first_weekday: wire.first_weekday ?? DEFAULT_FIRST_WEEKDAY,
    },
    links: { targets: `${path}/targets`, recipient_policy: `${path}/recipient_policy` },
  }
}

/** What was sent to change settings: the settings, and why. @throws Refusal (422) for what is no object, or no reason */
export function changeFrom(body: unknown): { settings: Record<string, unknown>; reason: string | null } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('The settings: must be an object.')
  const { reason, ...rest } = body as Record<string, unknown>
  const settings = Object.fromEntries(Object.entries(rest).filter(([name]) => !told.has(name)))
  return { settings, reason: readBy(z.object({ reason: reasonText }), { reason }, 'The body').reason ?? null }
}

/**
 * Settings with some changed, by the rules of JSON Merge Patch: objects are changed in part, lists as a whole, null gives back
 * the default.
 */
export function patched(before: WireSettings, patch: Record<string, unknown>): Record<string, unknown> {
  const merged = Object.entries(patch).map(([name, value]) => {
    const old = (before as Record<string, unknown>)[name]
    return [name, isObject(old) && isObject(value) ? { ...old, ...value } : value]
  })
  return { ...before, ...(Object.fromEntries(merged) as Record<string, unknown>) }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
