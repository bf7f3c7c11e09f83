import { one, sql } from '../db.ts'
import type { Figures } from './figures.ts'

const digestsSql = sql(import.meta.url, './digest-figures.sql')
type Row = Record<'oldestSlot' | 'waiting' | 'overdue' | 'standstill' | 'uncertain', number>

/** How digests and their mail stand. */
export const digestFigures: Figures = {
  name: 'digests',
  help: {
    digest_oldest_due_slot_seconds:
      'For how long the oldest slot has been due, or has waited for data beyond its patience; 0: none',
    digest_deliveries_waiting: 'Mails that wait for their first or another try',
    digest_delivery_overdue_seconds: 'For how long the oldest mail could have been tried; 0: none waits',
    digest_mail_standstill_seconds: 'For how long the oldest mail waits that no mail server has been offered; 0: none',
    digest_deliveries_uncertain: 'Mails that may or may not have arrived and that somebody has to settle',
  },
  async read({ pool, now }) {
    const { oldestSlot, waiting, overdue, standstill, uncertain } = await one<Row>(pool, digestsSql, [now])
    const since = (seconds: number) => [{ value: Math.max(0, seconds) }]
    return {
      digest_oldest_due_slot_seconds: since(oldestSlot),
      digest_deliveries_waiting: [{ value: waiting }],
      digest_delivery_overdue_seconds: since(overdue),
      digest_mail_standstill_seconds: since(standstill),
      digest_deliveries_uncertain: [{ value: uncertain }],
    }
  },
}
