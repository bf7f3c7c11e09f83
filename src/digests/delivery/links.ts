import { userOf, type Change } from '../../audit/change.ts'
import { randomUUID } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import { config } from '../../config.ts'
import { recordAct } from '../../audit/record.ts'
import { maybeOne, one, run, sql, transaction, type Pool, type Queryable } from '../../db.ts'
import { notFound, Refusal } from '../../errors.ts'
import { readToken, signToken } from '../../signing.ts'
import { isUuid } from './history.ts'

const visitSql = sql(import.meta.url, './record-visit.sql')

/** What opens the page and the files of one delivery, for whoever has its address. */
export interface Link {
  id: string
  accountId: number
  deliveryId: string
  expiresAt: Instant
  revokedAt: Instant | null
  revokedBy: number | null
  createdAt: Instant
}

/** More than a person, his devices and the scanners of his mail server ask for; it bounds what a link that leaked costs. */
const MOST_VISITS_AN_HOUR = 200

const columns = `id, account_id as "accountId", delivery_id as "deliveryId", revoked_by as "revokedBy",
  extract(epoch from expires_at)::float8 as "expiresAt", extract(epoch from revoked_at)::float8 as "revokedAt",
  extract(epoch from created_at)::float8 as "createdAt"`
type Row = Link & Record<string, unknown>

/** The link of a delivery, made at the first call (to expire at `expiresAt`): every attempt to send it carries the same. */
export function linkOf(db: Queryable, accountId: number, deliveryId: string, expiresAt: Instant, now: Instant): Promise<Link> {
  // The update changes nothing; it lets the row be returned also where it was there before.
  return one<Row>(
    db,
    `insert into tidemark.links (account_id, id, delivery_id, expires_at, created_at)
     values ($1, $2, $3, to_timestamp($4), to_timestamp($5))
     on conflict (account_id, delivery_id) do update set delivery_id = excluded.delivery_id
     returning ${columns}`,
    [accountId, randomUUID(), deliveryId, expiresAt, now],
  )
}

/** The link of a delivery; undefined while none was made, which is when it is first sent. */
export function madeLink(db: Queryable, accountId: number, deliveryId: string): Promise<Link | undefined> {
  return maybeOne<Row>(db, `select ${columns} from tidemark.links where account_id = $1 and delivery_id = $2`, [
    accountId,
    deliveryId,
  ])
}

/**
 * Shuts the link of a delivery for good. Again, it changes nothing.
 * @throws Refusal (404) when the delivery has no link
 */
export async function revokeLink(pool: Pool, accountId: number, deliveryId: string, change: Change): Promise<Link> {
  return transaction(pool, async (tx) => {
    const revoked = await run(
      tx,
      `update tidemark.links set revoked_at = to_timestamp($3), revoked_by = $4
       where account_id = $1 and delivery_id = $2 and revoked_at is null`,
      [accountId, deliveryId, change.at, userOf(change)],
    )
    const link = await madeLink(tx, accountId, deliveryId)
    if (!link) throw notFound('There is no link of such a delivery in this account.')
    const [before, after] = [
      { delivery: deliveryId, revoked: false },
      { delivery: deliveryId, revoked: true },
    ]
    if (revoked > 0) await recordAct(tx, { ...change, accountId, action: 'link.revoke', before, after })
    return link
  })
}

/** The address of a link's page; its files lie below, at `/files/<name>`. */
export function linkUrl({ accountId, id }: Pick<Link, 'accountId' | 'id'>, publicUrl = config.publicUrl): string {
  return `${publicUrl.replace(/\/$/, '')}/digests/${signToken('link', [accountId, id])}`
}

/** The account and the id of the link that a token stands for; undefined for what is no token, or was tampered with. */
export function linkIdOf(token: string): { accountId: number; id: string } | undefined {
  const [account = '', id = '', ...more] = readToken('link', token) ?? []
  if (more.length > 0 || !/^\d{1,15}$/.test(account) || !isUuid(id)) return undefined
  return { accountId: Number(account), id }
}

/**
 * The link that a token opens.
 * @throws Refusal (404) when it opens none, (410) when it has expired or was revoked
 */
export async function openLink(db: Queryable, token: string, now: Instant): Promise<Link> {
  const known = linkIdOf(token)
  const text = `select ${columns} from tidemark.links where account_id = $1 and id = $2`
  const link = known && (await maybeOne<Row>(db, text, [known.accountId, known.id]))
  if (!link) throw notFound('There is nothing at this address. Copy the whole link from the mail, or open it there.')
  if (link.revokedAt === null && now < link.expiresAt) return link
  const reason = link.revokedAt === null ? 'This link has expired.' : 'This link was withdrawn.'
  throw new Refusal('link_over', `${reason} Ask whoever manages your reports to send it to you again.`, { status: 410 })
}

/**
 * Records that a link was used: for its page (`file` null) or one of its files.
 * @throws Refusal (429) when that happened too often within the hour
 */
export async function recordVisit(db: Queryable, { accountId, id }: Link, file: string | null, now: Instant): Promise<void> {
  if ((await run(db, visitSql, [accountId, id, file, now, now - 3600, MOST_VISITS_AN_HOUR])) > 0) return
  throw new Refusal('rate_limited', 'This link was opened very often within the hour. Try again later.', { status: 429 })
}

/** A use of a link. */
export interface LinkVisit {
  at: Instant
  /** The name of the file; null for the page. */
  file: string | null
}

/** The newest uses of a link, at most `most`, and how many there were. */
export async function visitsOf(
  db: Queryable,
  { accountId, id }: Link,
  most: number,
): Promise<{ total: number; newest: LinkVisit[] }> {
  const values = [accountId, id, most]
  return one<{ total: number; newest: LinkVisit[] }>(
    db,
    `select (select count(*) from tidemark.link_visits where account_id = $1 and link_id = $2) as total,
       coalesce((
         select jsonb_agg(jsonb_build_object('at', extract(epoch from v.at)::float8, 'file', v.file) order by v.at desc)
         from (select at, file from tidemark.link_visits where account_id = $1 and link_id = $2 order by at desc limit $3) v
       ), '[]') as newest`,
    values,
  )
}
