import { isDeepStrictEqual } from 'node:util'

/** What differs between two versions of something, by field: as it was and as it is. Undefined when nothing does. */
export function differences<T extends object>(before: T, after: T): { before: Partial<T>; after: Partial<T> } | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof T)[]
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]))
  const only = (version: T) => Object.fromEntries(changed.map((name) => [name, version[name]])) as Partial<T>
  return changed.length === 0 ? undefined : { before: only(before), after: only(after) }
}
