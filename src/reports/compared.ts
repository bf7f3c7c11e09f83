import type { Answer } from './answer.ts'
import { withData } from './document.ts'
import type { Understood } from './understand.ts'
import type { Range } from './values.ts'

/** What a report says of the range asked for and of the one that it is compared with, if any. */
export interface Compared<T> {
  now: T
  previous: T | undefined
}

/** A report over both ranges. How it was made is told of the first. */
export async function compared<T>(
  { range, compareWith }: Pick<Understood, 'range' | 'compareWith'>,
  reportOn: (range: Range) => Promise<Answer<T>>,
): Promise<Answer<Compared<T>>> {
  const report = await reportOn(range)
  return withData(report, { now: report.data, previous: compareWith && (await reportOn(compareWith)).data })
}
