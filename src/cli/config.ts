import type { Command } from 'commander'
import { printedConfig } from '../config.ts'
import { print, table } from './print.ts'

/** `tidemark config print`. What is wrong with a configuration is told by every verb, before it does anything. */
export function registerConfig(program: Command): void {
  program
    .command('config')
    .description('what the environment configures')
    .command('print')
    .description('every variable, its value and where that is from; no secrets')
    .action((_, command: Command) => {
      const settings = printedConfig()
      const rows = settings.map(({ name, value, from }) => [name, value ?? '-', from])
      const { json } = command.optsWithGlobals<{ json?: boolean }>()
      print(json, { variables: settings }, table([['variable', 'value', 'from'], ...rows]))
    })
}
