import { z } from 'zod'

const body = z.object({ error: z.string().meta({ description: 'A sentence that says what is wrong.' }) })
const unauthorized = z.union([body, z.object({ errors: z.array(z.string()) })])

/** What any route below an account may answer instead of a report, for the description of the API. */
export const failures = {
  401: unauthorized.meta({
    description: 'No valid token, or its owner may not read reports of this account (without a body where Chatwoot has none).',
  }),
  404: body.meta({ description: 'There is no such account, agent, inbox, label or team.' }),
  422: body.meta({
    description:
      'The request cannot be answered as asked, took too long, or needs raw rows from before those that the account keeps; then it says ' +
      'since when they are kept (without a body where Chatwoot has none).',
  }),
  429: body.meta({ description: 'Too many requests; `Retry-After` says when to come again.' }),
  503: body.meta({ description: 'The database cannot be reached at the moment.' }),
}
