import pg from 'pg'
import { reasonOf } from './failure.ts'

/** SQLSTATEs of a server that cannot be worked with: no connection, no such role or database, full, shutting down. */
const UNREACHABLE = /^(08|28|3D|53|57P)/

/**
 * One sentence for a failure that is not ours, so that nobody has to read a stack trace to learn that a server is down;
 * undefined for anything else.
 */
export function plainReason(error: unknown): string | undefined {
  // Node tries every address of a name, and each fails for itself.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error)) return undefined
  const { code } = first as NodeJS.ErrnoException
  if (first instanceof pg.DatabaseError) {
    return UNREACHABLE.test(code ?? '') ? `The database refuses: ${reasonOf(first.message)}. Is DATABASE_URL right?` : undefined
  }
  if (
    /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)/.test(code ?? '') ||
    first.message.startsWith('Connection terminated')
  ) {
    return `A server cannot be reached: ${reasonOf(first.message)}. \`tidemark doctor\` tells which.`
  }
  // Of the file system and the network: "EADDRINUSE: address already in use 127.0.0.1:3000" says it all.
  return /^E[A-Z]+$/.test(code ?? '') && first.message.includes(code!) ? reasonOf(first.message) : undefined
}
