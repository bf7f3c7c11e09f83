import { z } from 'zod'
import { lens, userId } from '../../digests/definition/definition.ts'
import { deliveryStates } from '../../digests/delivery/history.ts'
import type { Asked } from '../../digests/audience/person.ts'
import { invalid } from '../../errors.ts'
import { text } from '../request.ts'

const instant = z.string().meta({ format: 'date-time' })
const named = z.object({ id: z.int(), name: z.string() })
const ids = z.array(z.int())

/** Somebody, in a query: one of the two. */
export const whoParameters = {
  email: text.optional().meta({ description: 'His e-mail address; a user is found by it, too.', example: 'ana@example.com' }),
  user_id: text.optional().meta({ description: 'Instead: the id of a user.', example: '7' }),
}

/** The person a query or body names. @throws Refusal (422) for an id that is none */
export function whoIn({ email, user_id: user }: { email?: string | undefined; user_id?: string | number | undefined }): Asked {
  const address = email === '' ? undefined : email
  if (user === undefined || user === '') return { address }
  const parsed = userId.safeParse(Number(user))
  if (!parsed.success) throw invalid('user_id must be the id of a user, such as 7.')
  return { address, userId: parsed.data }
}

export const suppressionShape = z.object({
  email: z.string(),
  user_id: z.int().nullable(),
  digest_id: z.int().nullable().meta({ description: 'Null: all digests of the account.' }),
  digest_name: z.string().nullable(),
  own_wish: z.boolean().meta({ description: 'True when the person has unsubscribed himself.' }),
  entered: z
    .object({ user_id: z.int().nullable(), name: z.string().nullable(), at: instant })
    .nullable()
    .meta({ description: 'Who entered it; null: nobody but himself.' }),
  at: instant,
})

const listing = z.object({
  id: z.int(),
  name: z.string(),
  email: z.string().nullable(),
  user_id: z.int().nullable(),
  lens,
  added_by: z.int().nullable(),
  added_by_name: z.string().nullable(),
  added_at: instant,
})

export const foundShape = z.object({
  emails: z.array(z.string()),
  user_ids: ids,
  digests: z.array(listing),
  groups: z.array(listing.extend({ reaches: z.array(named).meta({ description: 'The digests that use it.' }) })),
  owns: z.array(named).meta({ description: 'The digests that he answers for.' }),
  suppressions: z.array(suppressionShape).meta({ description: 'At most 100.' }),
  deliveries: z.partialRecord(z.enum(deliveryStates), z.int()).meta({ description: 'How many mails to him are in each state.' }),
  open_links: z.int(),
})

export const removedShape = z.object({
  emails: z.array(z.string()),
  user_ids: ids,
  digests: ids.meta({ description: 'Ids of the digests that he was taken off.' }),
  groups: ids,
  withdrawn: z.int().meta({ description: 'Mails that were queued for him and are not sent any more.' }),
  links_revoked: z.int(),
  suppressed: z.boolean().meta({ description: 'Whether he stays off, also where somebody adds him again.' }),
  paused: ids.meta({ description: 'Ids of the digests that nobody is left of; they paused, and who answers for them is told.' }),
})
