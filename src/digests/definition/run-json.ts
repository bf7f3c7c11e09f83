import type { RunResult } from '../composing/run-digest.ts'

/** What running a digest came to, as it is told over HTTP and by the command line. */
export interface RunJson {
  period: { first_date: string; last_date: string }
  state: RunResult['state']
  note: string | null
  /** True only when the mail server has accepted a mail for everybody who is sent one. */
  delivered: boolean
  message: string
  /** What this run did; null while it is under way. */
  this_run: RunResult['sent']
  /** All mails of the period, by state. */
  deliveries: Record<string, number>
}

export function runJson(result: RunResult): RunJson {
  const { firstDate, lastDate, state, note, sent, deliveries } = result
  return {
    period: { first_date: firstDate, last_date: lastDate },
    state,
    note,
    delivered: isDelivered(result),
    message: messageOf(result),
    this_run: sent,
    deliveries,
  }
}

/** True when nothing of a run is left to be done, whether or not everybody got his mail. */
export const isSettled = ({ state, sent }: RunResult): boolean => sent !== null && (state === 'done' || state === 'skipped')

/** Who wants no mail, or may have none, is nobody who is waited for. */
function isDelivered({ state, deliveries }: RunResult): boolean {
  const others = Object.keys(deliveries).filter((name) => !['sent', 'suppressed', 'skipped'].includes(name))
  return state === 'done' && (deliveries['sent'] ?? 0) > 0 && others.length === 0
}

/** `2026-05-04 to 2026-05-10: done. 2 sent.` */
function messageOf({ firstDate, lastDate, state, note, sent, deliveries }: RunResult): string {
  const states = Object.entries(deliveries).map(([name, n]) => `${n} ${name}`)
  const nothing = sent !== null && Object.values(sent).every((n) => n === 0)
  const dates = firstDate === lastDate ? firstDate : `${firstDate} to ${lastDate}`
  const sentences = [
    `${dates}: ${state.replaceAll('_', ' ')}${note ? ` (${note})` : ''}.`,
    ...(nothing && state === 'done' ? ['Delivered before, nothing to do.'] : []),
    ...(sent === null ? ['Still under way; what is queued goes on by itself.'] : []),
    `${states.join(', ') || 'No deliveries'}.`,
    ...(deliveries['written'] ? ['No SMTP_URL is set: what is written lies in the outbox, and is not sent.'] : []),
  ]
  return sentences.join(' ')
}
