import { userOf, type Change } from '../../audit/change.ts'
import { run, sql, type Queryable } from '../../db.ts'
import { withinCap } from './check-policy.ts'
import type { Recipient } from '../definition/definition.ts'

const storeSql = sql(import.meta.url, './store-recipients.sql')

/** Whose list it is: a digest's own, or a group's that several digests share. */
export type List = { digestId: number } | { groupId: number }

/**
 * Makes a list of recipients exactly these (each once); who is on it already stays as he was added.
 * @throws Refusal (422) when the account has too many different recipients then
 */
export async function storeRecipients(
  tx: Queryable,
  accountId: number,
  list: List,
  recipients: readonly Recipient[],
  change: Change,
): Promise<void> {
  const values = [
    accountId,
    'digestId' in list ? list.digestId : null,
    'groupId' in list ? list.groupId : null,
    recipients.map((recipient) => ('userId' in recipient ? recipient.userId : null)),
    recipients.map((recipient) => ('address' in recipient ? recipient.address : null)),
    recipients.map(({ lens }) => JSON.stringify(lens)),
    userOf(change),
    change.at,
  ]
  await withinCap(tx, accountId, async () => void (await run(tx, storeSql, values)))
}
