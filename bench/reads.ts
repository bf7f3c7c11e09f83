import { rangeNamed } from './asked.ts'
import type { Desk } from './desk.ts'
import { send } from './live/statements.ts'
import { interleaved, meanwhile, quantile, underLoad } from './measure.ts'
import { addressOf } from './question.ts'
import { questions } from './questions/all.ts'
import { markdown, milliseconds, times } from './report.ts'
import { serveDesk } from './served.ts'
import { PROMISED, type Measured } from './targets.ts'

/** Clients that ask at once for the percentiles. */
const CLIENTS = 10
/** How often the promised question is asked at once: one in a hundred says nothing of a hundred. */
const PROMISED_ASKS = 1000

/** Seconds between two rolls of the account while several clients ask. A sweep comes every three (`SWEEP_SECONDS`). */
const ROLLED_EVERY = 1

/**
 * Every report over its ranges: live SQL and Tidemark over HTTP by turns, one at a time, each time as if something had just been
 * rolled, so that nothing is remembered; then Tidemark alone, asked by several clients at once, as if the account were rolled every
 * second, and at last as if it were before each ask.
 */
export async function compareReads(desk: Desk, rounds: number): Promise<{ text: string; measured: Measured[] }> {
  const served = await serveDesk(desk)
  const measured: Measured[] = []
  try {
    for (const question of questions) {
      for (const range of question.ranges) {
        const asked = { ...desk.subject, ...rangeNamed(range, desk.subject.zone, desk.end) }
        const [address, statements] = [addressOf(question, asked), question.live(asked)]
        const madeFrom = await served.ask(address)
        const ask = () => served.ask(address)
        const both = await interleaved(rounds, [() => send(desk.pool, statements), ask], served.forget)
        const [live, ours] = both as [number, number]
        const name = `${question.name}, ${range}`
        const count = name === PROMISED ? PROMISED_ASKS : 20 * rounds
        const loaded = await meanwhile(ROLLED_EVERY, served.forget, () => underLoad(count, CLIENTS, ask))
        measured.push({ name, live, ours, loaded, anew: await underLoad(count, CLIENTS, ask, served.forget), madeFrom })
      }
    }
  } finally {
    await served.close()
  }
  const percentiles = [`p50 at ${CLIENTS}`, `p95 at ${CLIENTS}`]
  const headings = ['report', 'live SQL', 'over HTTP', 'times faster', ...percentiles, 'p50 anew', 'p95 anew', 'made from']
  return { text: markdown('Reads of the largest account', headings, measured.map(rowOf)), measured }
}

function rowOf({ name, live, ours, loaded, anew, madeFrom }: Measured): string[] {
  const percentiles = [loaded, anew].flatMap((asks) => [0.5, 0.95].map((share) => milliseconds(quantile(asks, share))))
  return [name, milliseconds(live), milliseconds(ours), times(live / ours), ...percentiles, madeFrom]
}
