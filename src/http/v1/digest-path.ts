import { z } from 'zod'
import { notFound } from '../../errors.ts'
import { accountPath } from '../request.ts'

const id = (of: string, example = '1') => z.string().meta({ description: `Id of the ${of}.`, example })

export const digestPath = accountPath.extend({ digest: id('digest') })
export const slotPath = digestPath.extend({ slot: id('slot') })
export const groupPath = accountPath.extend({ group: id('recipient group') })
export const deliveryPath = accountPath.extend({ delivery: id('delivery', '6f9f2a0c-5b0e-4b57-9f8e-0d1c2b3a4d5e') })

/** The id in a path. @throws Refusal (404) for what is none: nothing has it */
export function idIn(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw notFound()
  return Number(text)
}

/** Which page of a list was asked for. */
export function pageIn({ page = '1', per_page = '25' }: { page?: string | undefined; per_page?: string | undefined }) {
  return { page: Number(page), perPage: Number(per_page) }
}

/** How a page of a list begins. */
export const listShape = { total_count: z.int(), page: z.int(), per_page: z.int() }
