import type { Administrator } from './administrator.ts'

interface Rows {
  stored: unknown
  recomputed: unknown
}

/** Rows that differ, as one who may see them is told: who runs the installation only sees which they are, and no account's figures. */
export const differencesFor = <T extends Rows>({ operator }: Administrator, differences: readonly T[]): T[] =>
  differences.map((one) => (operator ? { ...one, stored: null, recomputed: null } : one))
