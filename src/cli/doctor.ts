import type { Command } from 'commander'
import { now } from '../clock.ts'
import { within } from '../closing.ts'
import { config } from '../config.ts'
import { openDatabase } from '../database.ts'
import { openPool } from '../db.ts'
import { examine, type Examination } from '../doctor/doctor.ts'
import { print } from './print.ts'

const CONNECT_MILLISECONDS = 5000

/** `tidemark doctor`: what is wrong with this installation and what to do about it. Changes nothing. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check database, queue, mail, clocks and settings; exit 1 when something fails, not for warnings')
    .action(async (_, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>()
      const examination = await examineConfigured()
      print(json, plain(examination), lines(examination).join('\n'))
      if (count(examination, 'fail') > 0) process.exitCode = 1
    })
}

async function examineConfigured(): Promise<Examination> {
  const opened = await openDatabase()
  const pool = openPool(opened.url, {
    max: 8,
    statementTimeout: CONNECT_MILLISECONDS,
    connectTimeout: CONNECT_MILLISECONDS,
    applicationName: 'tidemark doctor',
  })
  try {
    return await examine({ config, pool, clock: now })
  } finally {
    await within(2, pool.end())
    await opened.close()
  }
}

const count = ({ results }: Examination, verdict: string) => results.filter((result) => result.verdict === verdict).length

function lines(examination: Examination): string[] {
  const { results, leftOut } = examination
  const width = Math.max(...results.map(({ name }) => name.length))
  const told = results.map(({ name, verdict, found, advice }) => {
    return `${verdict.padEnd(4)}  ${name.padEnd(width)}  ${found}${advice === null ? '' : `. ${advice}`}`
  })
  const left = leftOut.length > 0 ? [`Not looked at, for want of the above: ${leftOut.join(', ')}.`] : []
  return [
    ...told,
    ...left,
    `${count(examination, 'ok')} ok, ${count(examination, 'warn')} warnings, ${count(examination, 'fail')} failures`,
  ]
}

function plain(examination: Examination) {
  const { results, leftOut } = examination
  const [passed, warned, failed] = (['ok', 'warn', 'fail'] as const).map((verdict) => count(examination, verdict))
  return { checks: results, left_out: leftOut, ok: passed, warn: warned, fail: failed }
}
