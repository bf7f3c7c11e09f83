import type { Command } from 'commander'
import { stopwatch } from '../clock.ts'
import type { Job } from '../job.ts'

/** `tidemark demo`: everything embedded, a demo desk, the pages and a digest in the outbox. */
export function registerDemo(program: Command, jobs: readonly Job[]): void {
  void stopwatch, jobs
  program.command('demo')
}
