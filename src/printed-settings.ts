import type { z } from 'zod'

/** A variable as it may be shown to anybody. */
export interface PrintedSetting {
  name: string
  /** Null: it is not set and has no default. */
  value: string | null
  /** derived: made from other variables. */
  from: 'environment' | 'default' | 'derived' | 'unset'
}

const SECRET = /KEY|SECRET|TOKEN|PASSWORD/
const HIDDEN = '(set, not shown)'

/**
 * The variables with their values as text, without secrets.
 * @param derived what a variable that is unset and has no default comes to
 */
export function printedSettings(
  shape: Record<string, z.ZodType>,
  env: Record<string, string | undefined>,
  derived: Record<string, string>,
): PrintedSetting[] {
  return Object.entries(shape).map(([name, type]) => {
    const given = env[name]
    if (given !== undefined && given !== '') return { name, value: shown(name, given), from: 'environment' }
    const { data } = type.safeParse(undefined)
    if (data !== undefined) return { name, value: JSON.stringify(data).replace(/^"|"$/g, ''), from: 'default' }
    const value = derived[name]
    return value === undefined ? { name, value: null, from: 'unset' } : { name, value: shown(name, value), from: 'derived' }
  })
}

function shown(name: string, value: string): string {
  if (SECRET.test(name)) return HIDDEN
  return /:\/\//.test(value) || name.endsWith('_URL') ? withoutSecrets(value) : value
}

/** A URL without what lets somebody in: its password, and parameters that carry one. What is no URL is not shown at all. */
export function withoutSecrets(text: string): string {
  if (!URL.canParse(text)) return HIDDEN
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  const telling = Array.from(url.searchParams.keys()).filter((name) => /pass|secret|token|key/i.test(name))
  for (const name of telling) url.searchParams.set(name, '***')
  return url.href
}
