import type { Change } from '../audit/change.ts'
import type { Instant } from '../clock.ts'
import type { Caller } from './auth.ts'

/** What somebody who asks below an account changes, for the audit log. */
export const changeOf = ({ actor, requestId }: Caller, at: Instant): Change => ({
  actor,
  at,
  requestId: requestId ?? null,
})
