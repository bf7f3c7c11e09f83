import type { Kept, OpenHours, Retention } from './settings.ts'

/** The fewest days that each thing may be kept: a month and a day for what reports read, a leap year and a day for days, so that
 * they can be compared with the year before. */
export const LEAST: Record<Kept, number> = { raw: 32, hourly: 32, daily: 367, snapshots: 32, files: 1, logs: 30 }
export const LONGEST = 36_500

/** What is made from what: the second is small, and of no use when it goes before the first. */
const kin = [
  ['raw', 'hourly'],
  ['raw', 'daily'],
  ['hourly', 'daily'],
  ['files', 'snapshots'],
] as const

/** What is kept too short a time for what it is made from. */
export function tooShort(value: Retention): { kept: Kept; message: string }[] {
  return kin
    .filter(([finer, coarser]) => isShorter(value, finer, coarser))
    .map(([finer, coarser]) => {
      const least = value[finer] === null ? 'for ever (null)' : `${value[finer]} days or more`
      return { kept: coarser, message: `must be ${least}, as ${finer} is kept so long` }
    })
}

function isShorter(value: Retention, finer: Kept, coarser: Kept): boolean {
  const [of, than] = [value[coarser], value[finer]]
  if (of === null) return false
  // From raw rows that stay, rollups can be made again at any time.
  return than === null ? finer !== 'raw' : of < than
}

/** What is wrong with the stretches of a day. */
export function whatIsOdd(stretches: readonly OpenHours[]): string[] {
  const backwards = stretches.filter(({ from, until }) => from >= until)
  const sorted = stretches.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const overlapping = sorted.filter(({ from }, i) => i > 0 && from < sorted[i - 1]!.until)
  return [
    ...backwards.map(({ from, until }) => `${from}–${until} ends before it begins; what goes past midnight belongs to two days`),
    ...(backwards.length > 0
      ? []
      : overlapping.map(({ from }) => `a stretch begins at ${from}, before the one before has ended`)),
  ]
}

/** Whether a text is an address that a mail program may load a picture from. */
export function isPicture(text: string): boolean {
  if (!/^https:\/\/[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d-\x7e]+$/.test(text) || !URL.canParse(text)) return false
  const { username, password, hostname } = new URL(text)
  return username === '' && password === '' && hostname.includes('.')
}
