/** One GET that both sides are asked, below `/api/<version>/accounts/<id>/`, and what is known of the order of its answer. */
export interface Question {
  /** What agreement is counted by: the route, with the grouping of a series. */
  endpoint: string
  version: 'v1' | 'v2'
  route: string
  query: Readonly<Record<string, string | readonly string[]>>
  /** Where the answer has a list in no stated order: the whole of it, or its `payload`. */
  unordered?: 'root' | 'payload'
  /** For a file whose lines have no stated order: how many lines come before them. */
  heading?: number
  /** The answer is about this moment and may move between two asks. */
  live?: boolean
  /** For a page of a list that is sorted by this key: its size. Which of several equals ends the page is undefined. */
  page?: { key: string; size: number }
}

/** The path of a question with its query; lists as `name[]`, as Rails reads them. */
export function addressOf({ version, route, query }: Question, accountId: number): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string') parameters.append(name, value)
    else for (const one of value) parameters.append(`${name}[]`, one)
  }
  const path = `/api/${version}/accounts/${accountId}/${route}`
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}
