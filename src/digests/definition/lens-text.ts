import { invalid } from '../../errors.ts'
import { lens, type Lens } from './definition.ts'
import { readBy } from './what-is-wrong.ts'

/**
 * A lens as it is typed: `all`, `own_teams`, `own`, or ids by dimension such as `team:3,4` and `team:3+inbox:1`.
 * @throws Refusal (422)
 */
export function lensFrom(text: string): Lens {
  if (text === 'all' || text === 'own_teams' || text === 'own') return text
  const ids: Record<string, number[]> = {}
  for (const part of text.split('+')) {
    const [, dimension, list = ''] = /^(inbox|agent|team|label):(\d{1,10}(?:,\d{1,10})*)$/.exec(part) ?? []
    if (dimension === undefined || Object.hasOwn(ids, dimension)) throw noLens(text)
    ids[dimension] = list.split(',').map(Number)
  }
  return readBy(lens, ids, 'The lens')
}

const noLens = (text: string) =>
  invalid(`${JSON.stringify(text.slice(0, 80))} is no lens. Give all, own_teams, own, or ids such as team:3,4 or team:3+inbox:1.`)
