// A process that is told to end and never closes: `never-stops` waits for what never comes, `holds-on` has stopped and leaves
// something open, `never-starts` was still starting; `stops` closes as it should. The last resort comes after two seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { endSoon } from '../../src/closing.ts'
import { stopOnSignal } from '../../src/cli/ending.ts'

const how = process.argv[2]
const open = setInterval(() => {}, 1000)
const stop = async () => {
  if (how === 'never-stops') await new Promise(() => {})
  if (how === 'stops') clearInterval(open)
}
const running = { stop }
const ended = stopOnSignal(how === 'never-starts' ? sleep(3_600_000, running) : running, 2)
process.stderr.write('listening\n')
await ended
process.stderr.write('stopped\n')
endSoon()
