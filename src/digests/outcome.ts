import type { Instant } from '../clock.ts'

/**
 * What became of one attempt.
 * - `sent`: the server said 250, and this (`response`). `written`: the mail lies in the outbox, no mail server is configured.
 * - `refused`: the server refused this recipient or message for good (5xx).
 * - `again`: it refused for now (4xx).
 * - `unreachable`: it was not reached, or refused everybody: the message was never offered for this recipient.
 * - `uncertain`: the connection was lost after the message had begun to flow: it may or may not have been accepted.
 *
 * `size` is that of the whole mail in bytes, where there was one.
 */
export type Outcome = ({ kind: 'sent'; response: string } | { kind: 'written' } | Failure) & { size?: number | undefined }

export interface Failure {
  kind: 'refused' | 'again' | 'unreachable' | 'uncertain'
  error: string
}

/** The row of a delivery as an attempt found it: `attempts` counts that attempt already. */
export interface Attempt {
  attempts: number
  doubts: number
  createdAt: Instant
}

/** What a row becomes. */
export interface Settlement {
  state: 'queued' | 'sent' | 'written' | 'refused' | 'uncertain'
  error: string | null
  nextAttemptAt: Instant | null
  attempts: number
  doubts: number
}

export const MOST_ATTEMPTS = 5
/** After that a mail about last week is no use: a server that was away so long gives the row up. */
const LONGEST_WAIT = 3 * 86_400
/** Seconds before the second, third, fourth and fifth attempt. */
const BACK_OFF = [60, 300, 1200, 3600]
const UNREACHABLE_AGAIN = 60

/**
 * Decides what follows from an attempt. Once a copy may have arrived (`doubts`), at most one more is tried, so that nobody
 * ever gets more than two, and a row is never called refused again: a person decides.
 * @param jitter 0 to 1, so that what failed together is not tried together
 */
export function settle(outcome: Outcome, { attempts, doubts, createdAt }: Attempt, now: Instant, jitter: number): Settlement {
  const kept = { attempts, doubts, nextAttemptAt: null }
  if (!('error' in outcome)) return { ...kept, state: outcome.kind, error: null }
  const { error } = outcome
  if (outcome.kind === 'uncertain') {
    return { ...kept, state: 'uncertain', error, doubts: doubts + 1, nextAttemptAt: doubts === 0 ? now + BACK_OFF[0]! : null }
  }
  const end = doubts > 0 ? 'uncertain' : 'refused'
  const waiting = doubts > 0 ? 'uncertain' : 'queued'
  if (outcome.kind === 'refused' || now >= createdAt + LONGEST_WAIT) return { ...kept, state: end, error }
  if (outcome.kind === 'unreachable') {
    return { state: waiting, error, doubts, attempts: attempts - 1, nextAttemptAt: now + UNREACHABLE_AGAIN * (1 + jitter) }
  }
  if (attempts >= MOST_ATTEMPTS) return { ...kept, state: end, error }
  const pause = BACK_OFF[Math.min(attempts, BACK_OFF.length) - 1] as number
  return { ...kept, state: waiting, error, nextAttemptAt: now + pause * (1 + jitter / 5) }
}

/** What an SMTP client knows of a failure. */
export interface SmtpFailure {
  message: string
  /** The command it failed at, as nodemailer names it; CONN for whatever befell the connection. */
  command?: string | undefined
  responseCode?: number | undefined
  code?: string | undefined
}

/**
 * Reads a failure. `begun` says whether the message itself had begun to flow: before that, a lost connection cannot have
 * delivered anything. Only what is said about the recipient or the message speaks of this delivery; a refusal to greet,
 * log in or take the sender would be the same for everybody, so it must not end 200 rows.
 */
export function readFailure(failure: SmtpFailure, begun: boolean): Failure {
  const { command = 'CONN', responseCode, code } = failure
  const error = failure.message
  const about = command === 'RCPT TO' || command === 'DATA' || code === 'EMESSAGE' || isTooLarge(failure)
  if (about && responseCode !== undefined && responseCode >= 400) {
    // 421 closes the connection, whatever it was about.
    if (responseCode === 421) return { kind: begun ? 'again' : 'unreachable', error }
    return { kind: responseCode >= 500 ? 'refused' : 'again', error }
  }
  if (code === 'EMESSAGE' && command === 'MAIL FROM') return { kind: 'refused', error }
  // The address or the message is such that no server would take it.
  if (command === 'API' && (code === 'EENVELOPE' || code === 'EMESSAGE')) return { kind: 'refused', error }
  return { kind: begun ? 'uncertain' : 'unreachable', error }
}

const isTooLarge = ({ command, responseCode }: SmtpFailure) => command === 'MAIL FROM' && responseCode === 552
