import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { bareEnvironment } from './account.ts'
import type { Account } from './account.ts'

/**
 * A server's life: node starts this shell in a session of its own, so that neither Ctrl-C nor a signal to node's process
 * group reaches the server before node has drained. The shell starts the server and waits for it. Beside them a watcher
 * reads the pipe from node; it ends when node calls `stop`, exits, crashes or is killed with -9, since the system closes
 * the pipe then, and only then the server is told to stop: SIGINT, a fast shutdown. It is repeated because a server that
 * has just been started does not listen to it yet (the shell starts background commands with SIGINT ignored). The last
 * resort is SIGQUIT, after which PostgreSQL recovers at its next start. Should the shell be killed, the watcher remains.
 */
const script = `
scratch=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
  while read -r line; do :; done
  tries=0
  while kill -INT "$server"; do
    sleep 1
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then kill -QUIT "$server"; exit; fi
  done
) <&3 3<&- >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
exit "$code"
`

/** A server that cannot outlive this process. */
export interface Supervised {
  /** Resolves when the server has ended, with its exit code. */
  exited: Promise<number>
  /** Stops the server and waits until it has ended. */
  stop(): Promise<void>
}

export interface SuperviseOptions {
  account?: Account | undefined
  /** The file descriptor that takes the server's output; without it the output is dropped. */
  output?: number
  /** A directory that is removed when the server has ended. */
  scratch?: string
}

/** Runs a server under the shell. It does not keep this process from ending; when this process ends, the server does. */
export function supervise(command: string[], { account, output, scratch = '' }: SuperviseOptions = {}): Supervised {
  const child = spawn('/bin/sh', ['-c', script, 'tidemark-supervisor', scratch, ...command], {
    ...account,
    cwd: '/',
    env: bareEnvironment,
    detached: true,
    stdio: ['pipe', output ?? 'ignore', output ?? 'ignore'],
  })
  const pipe = child.stdin as Socket
  pipe.on('error', () => {})
  const exited = once(child, 'exit').then(([code]) => (code as number | null) ?? 1)
  // Awaited by whoever wants to know; a start that fails is reported by `exited`, not as an unhandled rejection.
  exited.catch(() => {})
  child.unref()
  pipe.unref()
  return {
    exited,
    async stop() {
      child.ref()
      pipe.end()
      await exited
    },
  }
}
