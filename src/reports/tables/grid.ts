import type { Across, Column, Facet, Table, Unit, Value } from './tabular.ts'

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
        return one ? { value: row[one.index] ?? null, unit: one.unit } : { value: '', unit: 'count' }
      }),
    ]),
    total: [],
  }
}

/** A column for each value of one column, a line for each combination of the columns that stand at the side. */
function crossGrid({ columns, rows }: Table, { down, across, cells }: Across): Grid {
  const indexOf = (key: string) => columns.findIndex((column) => column.key === key)
  const [over, cell] = [indexOf(across), indexOf(cells)]
  const side = down.map(indexOf)
  const shown = side.filter((i) => columns[i]!.unit !== 'id')
  const heads = [...new Set(rows.map((row) => String(row[over])))]
  const lines = new Map<string, { first: readonly Value[]; cells: Map<string, Value> }>()
  for (const row of rows) {
    const key = JSON.stringify(side.map((i) => row[i]))
    const line = lines.get(key) ?? { first: row, cells: new Map<string, Value>() }
    line.cells.set(String(row[over]), row[cell] ?? null)
    lines.set(key, line)
  }
  const { unit } = columns[cell]!
  return {
    header: [...shown.map((i) => headingOf(columns[i]!)), ...heads.map((head) => ({ title: head, short: head, unit }))],
    rows: [...lines.values()].map(({ first, cells }) => [
      ...shown.map((i): GridCell => ({ value: first[i] ?? null, unit: columns[i]!.unit })),
      ...heads.map((head): GridCell => ({ value: cells.get(head) ?? null, unit })),
    ]),
    total: [],
  }
}
