import type { Command } from 'commander'
import { registerFreshness } from './rollup-freshness.ts'
import { registerGrid } from './rollup-grid.ts'
import { registerVerify } from './rollup-verify.ts'

/** `tidemark rollup …`. */
export function registerRollup(program: Command): void {
  const rollup = program.command('rollup').description('how fresh the rollups are, and whether they are right')

  registerFreshness(rollup)
  registerGrid(rollup)
  registerVerify(rollup)
}
