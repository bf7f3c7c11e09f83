import type { App } from '../../src/http/app.ts'

/** Mondays at eight in Berlin to one address; the fields of a body that a test says nothing of. */
export const weekly = {
  name: 'Managers',
  zone: 'Europe/Berlin',
  cadence: { every: 'week', weekdays: [1], time: '08:00' },
  recipients: [{ address: 'ana@example.com' }],
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Asks account 1 (or another) as a user of the office. */
export function asking(app: App) {
  return async (method: Method, path: string, body?: unknown, { token = 'token-1', account = 1, headers = {} } = {}) => {
    const answer = await app.inject({
      method,
      url: `/api/v1/accounts/${account}/${path}`,
      headers: { api_access_token: token, ...headers },
      ...(body !== undefined && { payload: body as object }),
    })
    const isJson = String(answer.headers['content-type'] ?? '').includes('json')
    // The tests look into answers of every shape.
    // oxlint-disable-next-line typescript/no-explicit-any
    const json: any = isJson ? answer.json() : answer.body
    return { status: answer.statusCode, json, headers: answer.headers, raw: answer.rawPayload }
  }
}
