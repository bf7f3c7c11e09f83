/** A duration in words of its two largest units: `3 h 20 min`. */
export function inWords(seconds: number): string {
  const units: [number, string][] = [
    [86400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ]
  const whole = Math.max(0, Math.round(seconds))
  const first = units.findIndex(([size]) => whole >= size)
  if (first < 0) return '0 s'
  const [size, unit] = units[first]!
  const [nextSize, nextUnit] = units[first + 1] ?? [1, '']
  const rest = Math.floor((whole % size) / nextSize)
  return `${Math.floor(whole / size)} ${unit}${nextUnit && rest > 0 ? ` ${rest} ${nextUnit}` : ''}`
}
