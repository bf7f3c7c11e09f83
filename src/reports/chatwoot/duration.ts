const units = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/**
 * Seconds as Chatwoot's files show them: the two largest units that are not zero, cut and not rounded, such as
 * `1 day 1 second`. `N/A` for null and for anything under a second.
 */
export function chatwootDuration(seconds: number | null): string {
  let rest = Math.trunc(seconds ?? 0)
  if (rest <= 0) return 'N/A'
  const words: string[] = []
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0) words.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return words.slice(0, 2).join(' ')
}
