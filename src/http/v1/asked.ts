import { understand as understandGiven, type Given, type Understood } from '../../reports/understand.ts'
import type { ServerContext } from '../app.ts'

export { filterOf, type Understood } from '../../reports/understand.ts'

/**
 * What a request asks for, with everything it names looked up.
 * @throws Refusal 422 for what cannot be meant, 404 for an id that this account does not have
 */
export function understand({ readPool, clock }: ServerContext, accountId: number, given: Given): Promise<Understood> {
  return understandGiven({ pool: readPool, now: clock() }, accountId, given)
}
