import { ENTITIES_MAX } from '../accounts/entities.ts'
import type { Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import { answer, type Answer } from './answer.ts'
import { EVER, type Range } from './values.ts'

const inboxes = `select id, name from inboxes
  where account_id = $1 and ($2::bigint[] is null or id = any ($2)) order by name, id limit $3`
const labels = `select l.id, l.title, t.id as tag from labels l left join tags t on t.name = l.title
  where l.account_id = $1 and ($2::bigint[] is null or l.id = any ($2)) order by l.title, l.id limit $3`

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
    const rows = await read.lookUp<MatrixInbox>(inboxes, [inboxIds ?? null, ENTITIES_MAX + 1])
    const columns = await read.lookUp<MatrixLabel & { tag: number | null }>(labels, [labelIds ?? null, ENTITIES_MAX + 1])
    if (Math.max(rows.length, columns.length) > ENTITIES_MAX || rows.length * columns.length > MATRIX_MAX) throw tooLarge()
    const rowOf = new Map(rows.map(({ id }, i) => [id, i]))
    const columnOf = new Map(columns.map(({ tag }, j) => [tag, j]))
    const matrix = rows.map(() => columns.map(() => 0))
    const anyCells = rows.length > 0 && columns.length > 0
    const cells = anyCells ? await read.tagged({ ...(range ?? EVER), counted: 'conversations' }) : []
    for (const { tag_id, inbox_id, n } of cells) {
      const [i, j] = [rowOf.get(inbox_id), columnOf.get(tag_id)]
      if (i !== undefined && j !== undefined) matrix[i]![j] = n
    }
    return { inboxes: rows, labels: columns.map(({ id, title }) => ({ id, title })), matrix }
  })
}

const tooLarge = () =>
  invalid(
    `A matrix has at most ${ENTITIES_MAX} inboxes, ${ENTITIES_MAX} labels and ${MATRIX_MAX} cells. ` +
      'Name the inboxes and labels that are wanted: inbox_ids[]=…&label_ids[]=…',
  )
