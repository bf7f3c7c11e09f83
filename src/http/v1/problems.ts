import { z } from 'zod'

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: 'A sentence that says what is wrong and what to do.' }),
  code: z.string(),
  request_id: z.string(),
})

/** A problem, with what it means on a route. */
export const as = (description: string) => ({ description, content: { 'application/problem+json': { schema: problem } } })

/** What any of our own routes may answer instead (RFC 9457), for the description of the API. */
export const problems = {
  401: as('No valid token.'),
  403: as('The token’s owner may not do this.'),
  404: as('There is no such account, or nothing of that id in it.'),
  422: as('The request cannot be answered as asked, or took too long.'),
  429: as('Too many requests; `Retry-After` says when to come again.'),
  503: as('The database cannot be reached at the moment.'),
}

/** The same for a route that may need raw rows. */
export const reportProblems = {
  ...problems,
  422: as(
    'The request cannot be answered as asked, or took too long. With the code `raw_purged` it needs raw rows from before those that ' +
      'the account keeps, and says since when they are kept: whole days and months of its time zone are answered from rollups, what ' +
      'filters across dimensions, other time zones, lists and drill-down are not.',
  ),
}

/** The same for a route that reads a body. */
export const bodyProblems = {
  ...problems,
  400: as('The body is no JSON.'),
  413: as('The body is too large.'),
  415: as('The body is of another type than application/json.'),
}

/** What a route answers that may find something in its way. */
export const conflictProblem = (description: string) => ({ 409: as(description) })

/** The same for a route that decides something which others may decide as well. */
export const decisionProblems = { ...bodyProblems, 409: as('It is under way, or was decided otherwise meanwhile.') }
