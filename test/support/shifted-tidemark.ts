// Tidemark on a machine whose clock is wrong. The file that CLOCK_FILE names holds by how many seconds; it is looked at all the time, so
// that a clock jumps, either way, in a process that runs.
import { readFileSync } from 'node:fs'

const file = process.env.CLOCK_FILE!
let shift = 0
const look = () => void (shift = Number(readFileSync(file, 'utf8')) * 1000)
look()
setInterval(look, 200).unref()

const Real = Date
globalThis.Date = new Proxy(Real, {
  construct: (_, given: unknown[], target) =>
    Reflect.construct(Real, given.length === 0 ? [Real.now() + shift] : given, target) as object,
  get: (_, key, receiver) => (key === 'now' ? () => Real.now() + shift : (Reflect.get(Real, key, receiver) as unknown)),
})

await import('../../src/tidemark.ts')
