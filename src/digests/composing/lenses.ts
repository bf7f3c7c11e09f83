import { createHash } from 'node:crypto'
import { many, sql, type Queryable } from '../../db.ts'
import type { Filter } from '../../rollups/rolling/filter.ts'
import type { Addressee } from '../audience/audience.ts'
import { canonicalJson } from '../snapshot/snapshot.ts'

const teamsOfUsers = sql(import.meta.url, './teams-of-users.sql')

/** Somebody who looks at a digest: what he is shown depends on who he is. */
export type Viewer = Pick<Addressee, 'lens' | 'userId'>

/** What a viewer is shown: the figures of what fits a filter (undefined: all), or nothing, for a reason. */
export type Shown = { key: string; filter: Filter | undefined } | { reason: string }

const dimensions = ['inbox', 'agent', 'team', 'label'] as const
/** Of a longer key only the hash is stored: an index takes no row of more than 2,704 bytes. */
const LONGEST_KEY = 2000

/** The ids of a filter in order and each once; undefined when it leaves everything. */
export function normalized(filter: Filter): Filter | undefined {
  const named = dimensions.filter((dimension) => filter[dimension])
  if (named.length === 0) return undefined
  return Object.fromEntries(named.map((name) => [name, [...new Set(filter[name])].sort((a, b) => a - b)]))
}

/**
 * What each viewer of a digest is shown: what its filter and his lens have in common. Viewers with the same key are shown the
 * same; the empty key is the whole digest's. Teams are those of this account, as they are now.
 */
export async function shownTo<V extends Viewer>(
  db: Queryable,
  accountId: number,
  filter: Filter,
  viewers: readonly V[],
): Promise<(Shown & { viewer: V })[]> {
  const users = viewers.flatMap(({ lens, userId }) => (lens === 'own_teams' && userId !== null ? [userId] : []))
  const teams = await teamsOf(db, accountId, users)
  const whole = canonicalJson(normalized(filter) ?? {})
  return viewers.map((viewer) => {
    const lens = lensOf(viewer, teams)
    if ('reason' in lens) return { ...lens, viewer }
    const common = intersection(filter, lens)
    if (!common) return { reason: 'the lens leaves nothing of what the digest is about', viewer }
    const shown = normalized(common)
    const key = canonicalJson(shown ?? {})
    return { key: key === whole ? '' : keyOf(key), filter: shown, viewer }
  })
}

function lensOf({ lens, userId }: Viewer, teams: ReadonlyMap<number, number[]>): Filter | { reason: string } {
  if (typeof lens === 'object') return lens
  if (lens === 'all') return {}
  if (userId === null) return { reason: 'an address without a user has nothing of its own' }
  if (lens === 'own') return { agent: [userId] }
  const own = teams.get(userId)
  return own ? { team: own } : { reason: 'this user is in no team of the account' }
}

/** What fits both; undefined when no id of some dimension does. */
function intersection(one: Filter, other: Filter): Filter | undefined {
  const common: Filter = { ...one }
  for (const name of dimensions) {
    const [a, b] = [one[name], other[name]]
    const ids = a && b ? a.filter((id) => b.includes(id)) : (a ?? b)
    if (ids?.length === 0) return undefined
    if (ids) common[name] = ids
  }
  return common
}

const keyOf = (key: string) => (key.length <= LONGEST_KEY ? key : `sha256:${createHash('sha256').update(key).digest('hex')}`)

async function teamsOf(db: Queryable, accountId: number, users: readonly number[]): Promise<Map<number, number[]>> {
  if (users.length === 0) return new Map()
  const rows = await many<{ userId: number; teams: number[] }>(db, teamsOfUsers, [accountId, users])
  return new Map(rows.map(({ userId, teams }) => [userId, teams]))
}
