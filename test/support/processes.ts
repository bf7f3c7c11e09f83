import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { many, type Pool } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { programArguments } from './program.ts'
import { root } from './sources.ts'

/** A real process of the program, in a group of its own. */
export interface Running {
  /** The name that its connections go by. */
  name: string
  /** Resolves with the exit code, or the name of the signal that ended it. */
  ended: Promise<number | string>
  /** SIGKILL: nothing of it gets to run any more. */
  kill(): Promise<void>
  /** SIGTERM: it may finish what is under way. */
  terminate(): void
  /** SIGINT, as Ctrl-C sends it. */
  interrupt(): void
  /** SIGSTOP: it stands still, with all its connections open, until SIGCONT. */
  stop(): void
  goOn(): void
  /** What it has written to standard error. */
  output(): string
}

let started = 0

/** Starts `tidemark <verb…>` on a database, as the Procfile does; or another program of the project with these arguments. */
export function startTidemark(url: string, verb: string[], env: Record<string, string> = {}, program?: string): Running {
  const name = `${verb[0] ?? 'program'} ${++started}`
  const named = new URL(url)
  named.searchParams.set('application_name', name)
  const child = spawn(process.execPath, [...programArguments(program), ...verb], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      DATABASE_URL: named.href,
      REDIS_URL: '',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)))
  const ended = once(child, 'exit').then(([code, signal]) => (code as number | null) ?? (signal as string))
  return {
    name,
    ended,
    output: () => output,
    terminate: () => void child.kill('SIGTERM'),
    interrupt: () => void child.kill('SIGINT'),
    stop: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill: () => kill(child, ended),
  }
}

async function kill(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** The names of the processes that hold a roll lock at this moment, each with how many. */
export async function rolling(pool: Pool): Promise<string[]> {
  const rows = await many<{ name: string }>(
    pool,
    `select distinct a.application_name as name
     from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
       and l.classid = (hashtext('tidemark roll')::bigint & 4294967295)::oid`,
  )
  return rows.map((row) => row.name)
}

/**
 * Keeps two processes going and kills the one that rolls, at random moments of rolling, as often as asked; each that ends,
 * killed or by itself, is followed by another. A victim is killed `within` milliseconds of being seen to roll. Kills what is left and returns the exit codes of those that ended by themselves.
 */
export async function killWhileRolling(pool: Pool, random: Random, kills: number, start: () => Running, within = 30) {
  const alive = new Map<string, Running>()
  const codes: (number | string)[] = []
  const begin = () => {
    const running = start()
    alive.set(running.name, running)
    void (async () => {
      const code = await running.ended
      if (!alive.delete(running.name)) return
      codes.push(code)
      if (code !== 0) console.error(running.output())
    })()
  }
  for (let killed = 0; killed < kills;) {
    while (alive.size < 2) begin()
    const victim = (await rolling(pool)).map((name) => alive.get(name)).find((running) => running)
    await sleep(victim ? random.between(0, within) : 10)
    if (!victim || !alive.delete(victim.name)) continue
    await victim.kill()
    killed++
  }
  const rest = [...alive.values()]
  alive.clear()
  await Promise.all(rest.map((running) => running.kill()))
  return codes
}
