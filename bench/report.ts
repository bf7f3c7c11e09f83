/** A table in Markdown. */
export function markdown(title: string, headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `## ${title}\n\n${lines.join('\n')}\n`
}

export const milliseconds = (time: number) => `${(time * 1000).toFixed(time < 0.01 ? 2 : 0)} ms`

/** How many times one is the other. */
export const times = (ratio: number) => ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0)
