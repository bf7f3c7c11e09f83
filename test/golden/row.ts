/** A row of a table, as words and numbers; see case-rows.ts for what may be left out. */
export type Row = Record<string, unknown>

/**
 * A row of the golden desk. `rule` is the sentence that it is there for. A row that counts shows its rule by being missed
 * when it is taken away. A row that must not count has `unless`: with these columns changed nothing keeps it out any more.
 */
export interface GoldenRow {
  rule: string
  row: Row
  unless?: Row
}

/** Rows by table, in the order of insertion. */
export type GoldenRows = Record<string, GoldenRow[]>

/** A row for a rule. */
export const row = (rule: string, columns: Row, unless?: Row): GoldenRow => ({ rule, row: columns, ...(unless && { unless }) })
