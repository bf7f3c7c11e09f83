import type { Column, Facet, Table, Unit, Value } from './tabular.ts'

/** A value with its unit: on a grid a column may hold several. */
export interface GridCell {
  value: Value
  unit: Unit
}

/** A table as people see it. */
export interface Grid {
  /** `short` is for where the neighbours say which metric is meant. */
  header: { title: string; short: string; unit: Unit }[]
  rows: GridCell[][]
  total: GridCell[]
}

/** Lays a table out for people: without what only programs need, names in front, ids last. */
export function gridOf(table: Table): Grid {
  if (table.layout === 'record') return recordGrid(table)
  return table.layout ? crossGrid(table, table.layout) : rowGrid(table)
}

const rank = ({ unit, figure }: Column) => (unit === 'id' ? 2 : figure ? 1 : 0)

function rowGrid({ columns, rows, total }: Table): Grid {
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => !column.forPrograms)
    .sort((a, b) => rank(a.column) - rank(b.column))
  const cells = (row: readonly Value[]) => shown.map(({ column: { unit }, index }) => ({ value: row[index] ?? null, unit }))
  return {
    header: shown.map(({ column }) => headingOf(column)),
    rows: rows.map(cells),
    total: total ? cells(total) : [],
  }
}

const facetTitles: Record<Facet, string> = {
  value: 'Value',
  n: 'n',
  target: 'Target',
  share: 'Within target',
  share_n: 'Within target n',
}

const headingOf = ({ title, unit, figure }: Column): Grid['header'][number] => ({ title, short: shortOf(title, figure), unit })

function shortOf(title: string, figure: Column['figure']): string {
  if (!figure || (figure.facet === 'value' && !figure.previous)) return title
  const words = { value: '', n: 'n', target: 'target', share: 'within', share_n: 'n' }[figure.facet]
  return figure.previous ? `${words} before`.trim() : words
}

/** A line for each metric of the only row. */
function recordGrid({ columns, rows: [row = []] }: Table): Grid {
  const figures = columns.flatMap(({ figure, unit }, index) => (figure ? [{ ...figure, unit, index }] : []))
  const sides = [...new Map(figures.map(({ facet, previous }) => [`${facet} ${previous}`, { facet, previous }])).values()]
  const names = [...new Set(figures.map(({ of }) => of))]
  const titles = sides.map(({ facet, previous }) => (previous ? `${facetTitles[facet]} before` : facetTitles[facet]))
  return {
    header: ['Figure', ...titles].map((title, i) => ({ title, short: title, unit: i === 0 ? 'text' : 'count' })),
    rows: names.map((name) => [
      { value: name, unit: 'text' },
      ...sides.map(({ facet, previous }): GridCell => {
        const one = figures.find((figure) => figure.of === name && figure.facet === facet && figure.previous === previous)
        return one ? { value: row[one.index] ?? null, unit: one.unit } : { value: '', unit: 'text' }
      }),
    ]),
    total: [],
  }
}

/** A column for each value of one column, a line for each of what stands before it. */
function crossGrid({ columns, rows }: Table, { across, cells }: { across: string; cells: string }): Grid {
  const indexOf = (key: string) => columns.findIndex((column) => column.key === key)
  const [over, cell] = [indexOf(across), indexOf(cells)]
  const side = columns.flatMap((column, i) => (i < over && !column.forPrograms && column.unit !== 'id' ? [i] : []))
  const heads = [...new Set(rows.map((row) => String(row[over])))]
  const lines = new Map<string, { side: GridCell[]; cells: Map<string, Value> }>()
  for (const row of rows) {
    // Ids tell lines of the same name apart.
    const key = JSON.stringify(row.slice(0, over).filter((_, i) => columns[i]!.unit === 'id' || side.includes(i)))
    const sideCells = side.map((i): GridCell => ({ value: row[i] ?? null, unit: columns[i]!.unit }))
    const line = lines.get(key) ?? { side: sideCells, cells: new Map<string, Value>() }
    line.cells.set(String(row[over]), row[cell] ?? null)
    lines.set(key, line)
  }
  const { unit } = columns[cell]!
  return {
    header: [...side.map((i) => headingOf(columns[i]!)), ...heads.map((head) => ({ title: head, short: head, unit }))],
    rows: [...lines.values()].map((line) => [
      ...line.side,
      ...heads.map((head): GridCell => ({ value: line.cells.get(head) ?? null, unit })),
    ]),
    total: [],
  }
}
