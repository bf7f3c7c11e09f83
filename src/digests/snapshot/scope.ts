import { clip, isolated } from '../mail/names.ts'
import { count } from '../mail/format.ts'
import type { ScopePart, Snapshot } from './snapshot.ts'
import type { Words } from '../mail/words/words.ts'

/** So many names of a kind are listed; the rest is counted. */
const NAMED = 5

/** What the figures are restricted to, by name, in one line; empty where they are of all the account. */
export function scopeOf(words: Words, { scope }: Pick<Snapshot, 'scope'>): string {
  const kinds = [...new Set(scope.map(({ dimension }) => dimension))]
  const partOf = (dimension: ScopePart['dimension']) => {
    const names = scope.filter((part) => part.dimension === dimension).map((part) => nameOf(words, part))
    const rest = names.length - NAMED
    const said = rest > 0 ? [...names.slice(0, NAMED), words.more(rest, count(words, rest), 'nowhere')] : names
    return words.scopePart[dimension](words.list(said))
  }
  return kinds.length === 0 ? '' : words.scope(kinds.map(partOf))
}

function nameOf(words: Words, { dimension, id, name }: ScopePart): string {
  const table = ({ inbox: 'inboxes', team: 'teams', agent: 'agents', label: 'labels' } as const)[dimension]
  return id === 0 ? words.tables[table].none : isolated(clip(name), words.direction)
}
