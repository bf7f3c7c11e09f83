import type { Command } from 'commander'
import { OWN, namesIn } from '../migrations.ts'
import { version } from '../version.ts'
import { print } from './print.ts'

/** `tidemark version`: the release, what runs it, and the schema that it brings. */
export function registerVersion(program: Command): void {
  program
    .command('version')
    .description('this release')
    .action((_, command: Command) => {
      const schema = namesIn(OWN.dir).at(-1) ?? null
      const { json } = command.optsWithGlobals<{ json?: boolean }>()
      print(json, { version, schema, node: process.version, platform: `${process.platform}-${process.arch}` }, version)
    })
}
