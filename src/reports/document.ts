import type { Answer } from './answer.ts'
import type { Table } from './tables/tabular.ts'
import type { Source } from './understand.ts'

/** A report as it is handed out: as JSON, and as a table for files and terminals. */
export interface Document {
  json: object
  /** Made only when somebody wants it. */
  table: () => Table | Promise<Table>
}

/**
 * A report from what a person asks, in texts whose form has been checked.
 * @throws Refusal 422 for what cannot be answered as asked, 404 for an id that the account does not have
 */
export type DocumentOf<Given> = (source: Source, accountId: number, given: Given) => Promise<Answer<Document>>

/** The same answer with other data. */
export const withData = <T>(answer: Answer<unknown>, data: T): Answer<T> => ({ ...answer, data })
