/** One sample of the text format of Prometheus. */
export interface Exposed {
  name: string
  labels: Record<string, string>
  value: number
}

/** The samples of an exposition, and the names that it declares with their types. */
export function readExposition(text: string): { samples: Exposed[]; types: Map<string, string> } {
  const lines = text.split('\n').filter((line) => line !== '')
  const types = new Map(
    lines.flatMap((line) => [...line.matchAll(/^# TYPE (\S+) (\S+)$/g)].map(([, name, type]) => [name!, type!])),
  )
  const samples = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      if (name === undefined) throw new Error(`no sample: ${line}`)
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text] as const)
      return {
        name,
        labels: Object.fromEntries(pairs) as Record<string, string>,
        value: value === '+Inf' ? Infinity : Number(value),
      }
    })
  return { samples, types }
}
