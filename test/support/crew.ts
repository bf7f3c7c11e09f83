import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from './processes.ts'

/** Processes that are kept going as a platform keeps them: each that ends is followed by another. */
export interface Crew {
  readonly alive: readonly Running[]
  /** Those that ended by themselves: what they ended with, and what they had to say. */
  readonly gone: readonly { code: number | string; output: string }[]
  /** Kills all that are left; nobody follows. */
  end(): Promise<void>
}

/** Keeps `count` processes going until it is told to end. */
export function startCrew(count: number, start: () => Running): Crew {
  const alive = new Set<Running>()
  const gone: { code: number | string; output: string }[] = []
  let over = false
  const place = async () => {
    while (!over) {
      const running = start()
      alive.add(running)
      const code = await running.ended
      alive.delete(running)
      if (code !== 'SIGKILL') gone.push({ code, output: running.output() })
      await sleep(300)
    }
  }
  const places = Array.from({ length: count }, place)
  return {
    get alive() {
      return [...alive]
    },
    gone,
    async end() {
      over = true
      await Promise.all([...alive].map((running) => running.kill()))
      await Promise.all(places)
    },
  }
}
