import { z } from 'zod'

const body = z.object({ error: z.string().meta({ description: 'A sentence that says what is wrong.' }) })
const unauthorized = z.union([body, z.object({ errors: z.array(z.string()) })])

const meanings = {
  401: 'No valid token, or its owner may not read reports of this account.',
  404: 'There is no such account, agent, inbox, label or team.',
  422: 'The request cannot be answered as asked, or took too long.',
  429: 'Too many requests; `Retry-After` says when to come again.',
  503: 'The database cannot be reached at the moment.',
} as const

/** What any route below an account may answer instead of a report, for the description of the API. */
export const failures = {
  401: unauthorized.meta({ description: meanings[401] }),
  404: body.meta({ description: meanings[404] }),
  422: body.meta({ description: meanings[422] }),
  429: body.meta({ description: meanings[429] }),
  503: body.meta({ description: meanings[503] }),
}

const problem = z.object({
  type: z.string(),
  title: z.string().meta({ description: 'The name of the status.' }),
  status: z.int(),
  detail: z.string().meta({ description: 'A sentence that says what is wrong.' }),
  code: z.string().meta({ description: 'What is wrong, for programs.' }),
  request_id: z.string().meta({ description: 'What the log calls this request.' }),
})
const asProblem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problem.meta({ description }) } },
})

/** The same on routes of our own (`/api/v1/…`), as RFC 9457 problem documents. */
export const problems = {
  401: asProblem(meanings[401]),
  404: asProblem(meanings[404]),
  422: asProblem(meanings[422]),
  429: asProblem(meanings[429]),
  503: asProblem(meanings[503]),
}
