/** A colour as #rrggbb. */
export type Colour = string

/** What text needs at least, by WCAG 2 (AA). */
export const READABLE = 4.5

/** The contrast of two colours by WCAG 2: from 1, none, to 21, black on white. */
export function contrastOf(one: Colour, other: Colour): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** A colour, mixed with as little of `towards` (black or white) as makes it readable on all the grounds. */
export function readableOn(colour: Colour, grounds: readonly Colour[], towards: '#000000' | '#ffffff'): Colour {
  const steps = 50
  for (let step = 0; step < steps; step++) {
    const mixed = mix(colour, towards, step / steps)
    if (grounds.every((ground) => contrastOf(mixed, ground) >= READABLE)) return mixed
  }
  return towards
}

const channels = (colour: Colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as [number, number, number]

function luminance(colour: Colour): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function mix(colour: Colour, other: Colour, share: number): Colour {
  const there = channels(other)
  const mixed = channels(colour).map((value, i) => Math.round(value + (there[i]! - value) * share))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
