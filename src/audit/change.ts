import type { Instant } from '../clock.ts'
import { COMMAND, type Actor } from './actor.ts'

/** Who changes something, when, and by which request, as far as there is one. */
export interface Change {
  actor: Actor
  at: Instant
  requestId?: string | null
}

/** A change at the command line, where nobody signs in. */
export const byCommand = (at: Instant): Change => ({ actor: COMMAND, at })

/** The user who acts, as tables keep him; null for everybody who is none. */
export const userOf = ({ actor }: Pick<Change, 'actor'>): number | null => (actor.kind === 'user' ? actor.id : null)
