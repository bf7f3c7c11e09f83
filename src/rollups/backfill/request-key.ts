import { maybeOne, run, type Client } from '../../db.ts'
import { conflict } from '../../errors.ts'

/** A key that a caller gives his request, with the SHA-256 of what he asks for. */
export interface RequestKey {
  key: string
  sha256: string
}

/**
 * Whether a request about a backfill was taken under this key before; else it is noted, in the transaction of what it does, so
 * that neither is there without the other. Of several at once the first is taken and the others wait for it.
 * @throws Refusal (409) when the key stands for another request
 */
export async function takenBefore(tx: Client, accountId: number, id: number, { key, sha256 }: RequestKey): Promise<boolean> {
  const noted = await run(
    tx,
    `insert into tidemark.backfill_requests (account_id, request_key, request_sha256, backfill_id)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [accountId, key, sha256, id],
  )
  if (noted > 0) return false
  const known = await maybeOne<{ id: number; sha256: string }>(
    tx,
    `select backfill_id as id, request_sha256 as sha256 from tidemark.backfill_requests where account_id = $1 and request_key = $2`,
    [accountId, key],
  )
  if (known?.id === id && known.sha256 === sha256) return true
  throw conflict(
    `This Idempotency-Key was used for another request, about backfill ${known?.id ?? 'that is gone'}. Give a new key.`,
  )
}
