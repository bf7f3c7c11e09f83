import type { Caller } from '../auth.ts'
import { forbidden } from './permissions.ts'

interface Asked {
  type?: 'account' | 'agent' | 'inbox' | 'label' | 'team' | undefined
  id?: string | undefined
}

/**
 * What somebody may be told of what he asks: an agent his own figures, which he need not say; whoever reads reports all of it.
 * @throws Refusal (403) for an agent who asks for anything else
 */
export function allowedSubject<T extends Asked>({ role, userId }: Caller, query: T): T {
  if (role !== 'agent') return query
  const { type = 'agent', id = String(userId) } = query
  if (type !== 'agent' || Number(id) !== userId) throw ownOnly()
  return { ...query, type, id }
}

/** The same of a table of agents: an agent has his own row in it, and no total but his own. */
export function allowedRows<T extends { agent_ids?: string | string[] | undefined }>(
  { role, userId }: Caller,
  query: T,
): T & { only?: number } {
  if (role !== 'agent' || userId === null) return query
  const { agent_ids: ids = [] } = query
  if ([ids].flat().some((id) => Number(id) !== userId)) throw ownOnly()
  return { ...query, agent_ids: String(userId), only: userId }
}

const ownOnly = () => forbidden('Agents are told their own figures: type=agent with their own id, or neither.')
