import type { App } from '../../src/http/app.ts'

/** A backfill of the first account of the office. */
export const wanted = {
  account_id: 1,
  since: '2026-06-01',
  until: '2026-06-15',
  reason: 'a definition was fixed',
  dry_run: false,
}

/** Asks a server for a backfill, as the office's administrator. */
export async function askForBackfill(of: App, payload: object, headers: Record<string, string> = {}) {
  const answer = await of.inject({
    method: 'POST',
    url: '/api/v1/admin/backfills',
    headers: { api_access_token: 'token-1', ...headers },
    payload,
  })
  return { status: answer.statusCode, json: answer.json<{ id: number; state: string; detail: string }>() }
}
