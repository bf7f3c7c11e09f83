import type { Flow } from './chunks.ts'
import type { Cell } from './sheet.ts'

/** Rows by which the widths of columns are judged: all of a digest's, the first of a long table. */
const AHEAD = 1000

type RowSource = Iterator<Cell[], unknown> | AsyncIterator<Cell[], unknown>

/** The rows of a table one by one, the first of which can be seen before they are taken. */
export class RowQueue {
  /** At most AHEAD rows. */
  readonly sample: readonly Cell[][]
  /** The row that is due; undefined when there is no further one. */
  next: Cell[] | undefined
  #taken = 0
  readonly #source: RowSource

  private constructor(sample: Cell[][], source: RowSource) {
    this.sample = sample
    this.next = sample[0]
    this.#source = source
  }

  static async of(rows: Flow<Cell[]>): Promise<RowQueue> {
    const source: RowSource = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
    const sample: Cell[][] = []
    while (sample.length < AHEAD) {
      const taken = await source.next()
      if (taken.done === true) break
      sample.push(taken.value)
    }
    return new RowQueue(sample, source)
  }

  /** Takes the row that was due. */
  async advance(): Promise<void> {
    this.#taken++
    if (this.#taken < this.sample.length) {
      this.next = this.sample[this.#taken]
      return
    }
    const taken = await this.#source.next()
    this.next = taken.done === true ? undefined : taken.value
  }

  /** Whoever gives the rows need not go on. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }
}
