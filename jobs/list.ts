import type { Job } from '../src/job.ts'
import { backfillAccount } from './backfill-account.ts'
import { composeDigests } from './compose-digests.ts'
import { deliverDigests } from './deliver-digests.ts'
import { followDefinitionsJob } from './follow-definitions.ts'
import { followZones } from './follow-zones.ts'
import { planDigests } from './plan-digests.ts'
import { purgeOld } from './purge.ts'
import { reconcile } from './reconcile.ts'
import { resumeBackfills } from './resume-backfills.ts'
import { rollAccount } from './roll-account.ts'
import { sweep } from './sweep.ts'

/** Every job, in the order of the data's way. A worker registers exactly these. */
export const jobs: readonly Job[] = [
  sweep,
  rollAccount,
  followZones,
  followDefinitionsJob,
  resumeBackfills,
  backfillAccount,
  reconcile,
  planDigests,
  composeDigests,
  deliverDigests,
  purgeOld,
] as readonly Job[]
