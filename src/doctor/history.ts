import { isSqlState, SQLSTATE } from '../db.ts'
import { unrolledHistory, type UnrolledHistory } from '../rollups/freshness/unrolled-history.ts'
import { inWords } from '../time/duration-text.ts'
import { ok, warn, type Check } from './check.ts'

/** Seconds from which unrolled history is worth a word, as it is to the alarm on it. */
const WORTH_ROLLING = 86_400
/** Accounts that are told one by one. */
const TOLD = 5

/** Whether history is rolled. Where it is not, reports are exact all the same, and slower. */
export const history: Check = {
  name: 'history',
  needs: 'tables',
  async look({ pool, clock }) {
    const unrolled = await unrolledHistory(pool, clock()).catch((error: unknown) => {
      if (isSqlState(error, SQLSTATE.undefinedColumn, SQLSTATE.undefinedTable)) return undefined
      throw error
    })
    if (!unrolled) return ok('not recorded before `tidemark migrate`')
    const accounts = unrolled.filter(({ outdated, missing }) => Math.max(outdated, missing) > WORTH_ROLLING)
    const [first] = accounts
    if (!first) return ok('rolled, or a backfill is at it')
    const more = accounts.length > TOLD ? `, and of ${accounts.length - TOLD} more` : ''
    return warn(
      `not rolled as this release counts, and read from raw rows: ${accounts.slice(0, TOLD).map(inText).join('; ')}${more}`,
      `Roll it: \`tidemark backfill start --account ${first.accountId} --mode missing --reason history --yes\`` +
        `${accounts.length > 1 ? ', and so for each' : ''}; \`backfill plan\` tells what that takes.`,
    )
  },
}

function inText({ accountId, outdated, missing }: UnrolledHistory): string {
  const kinds = [outdated > 0 ? `${inWords(outdated)} by older definitions` : '', missing > 0 ? `${inWords(missing)} never` : '']
  return `account ${accountId} (${kinds.filter((kind) => kind !== '').join(', ')})`
}
