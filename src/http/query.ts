/** Characters that an address may have. */
export const MAX_URL = 16_384

/** Parameters as given: text, or a list where a name came twice or as `name[]`. */
export type Query = Record<string, string | string[]>

/**
 * Reads a query string. `name[]=1` and repeated names give lists, `name[key]=1` a list too, so that a schema which
 * wants one text refuses them all.
 */
export function parseQuery(text: string): Query {
  const query = Object.create(null) as Query
  // Too long an address is refused before any handler runs; reading a megabyte of it first would be wasted.
  if (text.length > MAX_URL) return query
  for (const [key, value] of new URLSearchParams(text)) {
    const bracket = key.indexOf('[')
    const name = bracket > 0 ? key.slice(0, bracket) : key
    const present = query[name]
    if (Array.isArray(present)) present.push(value)
    else if (present !== undefined) query[name] = [present, value]
    else query[name] = bracket > 0 ? [value] : value
  }
  return query
}
