import pg from 'pg'
import { stopwatch } from './clock.ts'
import { log } from './log.ts'

const LONGEST_REASON = 1000

// A mail server repeats the address it refuses. Reasons are kept in the queue's store and in logs, where no address may be.
const ADDRESS = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g

/**
 * A text that may be kept as the reason of a failure: without addresses, without NULs (PostgreSQL's text refuses them, and
 * a job whose reason is refused would stay "running" until it counts as stalled), at most 1,000 characters.
 */
export function reasonOf(text: string): string {
  const clean = text.replaceAll('\0', '').replaceAll(ADDRESS, '[address]')
  return clean.length > LONGEST_REASON ? `${clean.slice(0, LONGEST_REASON)}…` : clean
}

/**
 * What an error says. Of data that it cannot take (class 22) PostgreSQL quotes the value (`invalid input syntax for type integer:
 * "…"`), which may be anybody's name; what it quotes otherwise are names of tables and constraints.
 */
function messageOf(error: Error): string {
  const quotesValues = error instanceof pg.DatabaseError && error.code?.startsWith('22')
  // To the last quote: a value may have some of its own.
  return quotesValues ? error.message.replace(/".*"/s, '"…"') : error.message || error.name
}

/** What was thrown, as an error whose message and stack may be kept. */
export function failureOf(thrown: unknown): Error {
  const original = thrown instanceof Error ? thrown : new Error(String(thrown))
  const failure = new Error(reasonOf(messageOf(original)))
  failure.name = original.name
  // The frames only: the head of the stack repeats the message.
  const frames = original.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  failure.stack = [`${failure.name}: ${failure.message}`, ...frames].join('\n')
  return failure
}

/**
 * A listener for "error" events that logs at most one line in five seconds, with how many there were since the last:
 * while its store is down, each of BullMQ's workers emits about ten a second.
 */
export function errorReporter(message: string): (error: Error) => void {
  let sinceLine: (() => number) | undefined
  let errors = 0
  return (error) => {
    errors += 1
    if (sinceLine && sinceLine() < 5) return
    log.warn({ errors, reason: failureOf(error).message }, message)
    sinceLine = stopwatch()
    errors = 0
  }
}
