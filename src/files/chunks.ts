import { setImmediate as nextTurn } from 'node:timers/promises'

/** A file as it flows: whoever takes the chunks sets the pace, and may stop at any of them. */
export type Chunks = AsyncIterable<string | Buffer>

/** What may be given row by row or part by part, from memory or from a cursor. */
export type Flow<T> = Iterable<T> | AsyncIterable<T>

/** Cells that are written before other work of the process gets its turn: some ten milliseconds. */
const CELLS_A_TURN = 3000

/** Rows of so many columns that are written in one turn of the event loop. */
export const rowsATurn = (columns: number): number => Math.max(1, Math.floor(CELLS_A_TURN / Math.max(1, columns)))

/** Lets everything else run that is ready to. */
export const giveWay = (): Promise<void> => nextTurn()

/** The same one by one, changed on their way. */
export function* mapped<From, To>(items: Iterable<From>, change: (item: From) => To): Generator<To> {
  for (const item of items) yield change(item)
}

/** The whole of a file, where it is known to be small. */
export async function collected(chunks: Chunks): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(bytesOf(chunk))
  return Buffer.concat(parts)
}

/** A chunk as bytes; text is UTF-8. */
export const bytesOf = (chunk: string | Buffer): Buffer => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
