import { createHook } from 'node:async_hooks'
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { jobs } from '../../jobs/list.ts'
import { start, type Role } from '../../src/cli/processes.ts'

/** What one start and stop of the processes has left behind. */
export interface Left {
  /** Timers, also those that let the process end, sockets and servers: their kind, and where they were made. */
  open: string[]
  /** Listeners on the process. */
  listeners: number
}

const watched = new Set(['Timeout', 'TCPWRAP', 'TCPSERVERWRAP', 'PIPEWRAP', 'PIPESERVERWRAP', 'TLSWRAP'])

/** Everything open of a kind that is watched. */
function watchOpen(): Map<number, string> {
  const open = new Map<number, string>()
  const init = (id: number, type: string) => {
    if (watched.has(type)) open.set(id, `${type} ${new Error().stack?.split('\n').slice(3, 12).join(' ')}`)
  }
  createHook({ init, destroy: (id) => void open.delete(id) }).enable()
  return open
}

const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)

/** Starts, asks once where there is something to ask, does something more, and stops. */
async function once(roles: Role[], more: () => void): Promise<void> {
  const running = await start(roles, jobs)
  const { url } = running
  if (url !== undefined)
    await new Promise<void>((resolve, reject) => {
      get(`${url}/readyz`, { agent: false }, (answer) => void answer.resume().once('end', resolve)).once('error', reject)
    })
  more()
  await running.stop()
}

async function leftBy(open: Map<number, string>, more = () => {}): Promise<Left> {
  const [before, had] = [new Set(open.keys()), listeners()]
  await once(['web', 'worker'], more)
  await once(['worker'], () => {})
  const left = () => [...open].filter(([id]) => !before.has(id)).map(([, what]) => what)
  // What has been let go of is gone a turn or two later; a connection, when the other side has hung up as well.
  for (let i = 0; i < 100 && left().length > 0; i++) {
    await sleep(50)
    await new Promise(setImmediate)
  }
  return { open: left(), listeners: listeners() - had }
}

// A process of its own, whose every timer can be seen: the tests' own have many.
if (process.argv[1] === import.meta.filename) {
  const open = watchOpen()
  // What is made once for good, when it is first used, is no leak.
  await leftBy(open)
  const clean = await leftBy(open)
  const leaking = await leftBy(open, () => {
    setInterval(() => {}, 3_600_000).unref()
    process.on('SIGHUP', () => {})
  })
  process.stderr.write(`${JSON.stringify({ clean, leaking })}\n`)
}
