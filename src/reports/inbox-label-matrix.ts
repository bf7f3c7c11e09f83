import { ENTITIES_MAX } from '../accounts/entities.ts'
import { sql, type Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import { answer, type Answer } from './answer.ts'
import type { Range } from './values.ts'

const inboxes = `select id, name from inboxes
  where account_id = $1 and ($2::bigint[] is null or id = any ($2)) order by name, id limit $3`
const labels = `select id, title from labels
  where account_id = $1 and ($2::bigint[] is null or id = any ($2)) order by title, id limit $3`
const counts = sql(import.meta.url, './inbox-label-counts.sql')

type MatrixInbox = { id: number; name: string }
type MatrixLabel = { id: number; title: string }

/** `matrix[i][j]`: conversations that are now in inbox i and carry label j. */
export interface InboxLabelMatrix {
  inboxes: MatrixInbox[]
  labels: MatrixLabel[]
  matrix: number[][]
}

export interface MatrixAsked {
  /** When the conversations were created; whenever, when left out. */
  range?: Range | undefined
  /** Only these inboxes and labels; ids that the account does not have drop out. */
  inboxIds?: readonly number[] | undefined
  labelIds?: readonly number[] | undefined
}

/** Cells that a matrix may have: 2 MB of zeros. */
export const MATRIX_MAX = 1_000_000

/**
 * Conversations by present inbox (rows, by name) and label (columns, by title); a title must equal the tag exactly. A
 * conversation that carries a label twice counts once.
 * @throws Refusal (422) for more than ENTITIES_MAX inboxes or labels, or more than MATRIX_MAX cells.
 */
export function inboxLabelMatrix(
  pool: Pool,
  accountId: number,
  { range, inboxIds, labelIds }: MatrixAsked,
): Promise<Answer<InboxLabelMatrix>> {
  return answer(pool, accountId, async (read) => {
    const rows = await read.raw<MatrixInbox>(inboxes, [inboxIds ?? null, ENTITIES_MAX + 1])
    const columns = await read.raw<MatrixLabel>(labels, [labelIds ?? null, ENTITIES_MAX + 1])
    if (Math.max(rows.length, columns.length) > ENTITIES_MAX || rows.length * columns.length > MATRIX_MAX) throw tooLarge()
    const rowOf = new Map(rows.map(({ id }, i) => [id, i]))
    const columnOf = new Map(columns.map(({ id }, j) => [id, j]))
    const matrix = rows.map(() => columns.map(() => 0))
    if (rows.length > 0 && columns.length > 0) {
      const values = [[...rowOf.keys()], [...columnOf.keys()], range?.since ?? null, range?.until ?? null]
      const cells = await read.raw<{ inbox_id: number; label_id: number; conversations: number }>(counts, values)
      for (const cell of cells) matrix[rowOf.get(cell.inbox_id)!]![columnOf.get(cell.label_id)!] = cell.conversations
    }
    return { inboxes: rows, labels: columns, matrix }
  })
}

const tooLarge = () =>
  invalid(
    `A matrix has at most ${ENTITIES_MAX} inboxes, ${ENTITIES_MAX} labels and ${MATRIX_MAX} cells. ` +
      'Name the inboxes and labels that are wanted: inbox_ids[]=…&label_ids[]=…',
  )
