// Sides that cannot be asked, and orders that cannot be carried out: a sentence, an exit code, and never the token.
import { Command, CommanderError } from 'commander'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { registerChatwoot } from '../../src/cli/chatwoot.ts'
import { Refusal } from '../../src/errors.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from '../http/desk.ts'
import { openOffice } from '../http/office.ts'
import { listen } from './stand-in.ts'

let database: TestDatabase
let ours: ReturnType<typeof serve>
let oursUrl: string
beforeAll(async () => {
  database = await openOffice()
  ours = serve(database.pool)
  oursUrl = await ours.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await ours.close()
  await database.drop()
})

/** Runs the verb within this process, where nothing is to be compared; returns its exit code and what it says. */
async function refusal(args: Record<string, string>): Promise<{ code: number; said: string }> {
  const given = {
    account: '1',
    since: '2026-06-01',
    until: '2026-06-16',
    token: 'token-1',
    against: oursUrl,
    url: oursUrl,
    ...args,
  }
  const program = new Command('tidemark').exitOverride().configureOutput({ writeErr: () => {} })
  registerChatwoot(program)
  program.commands[0]!.commands[0]!.exitOverride().configureOutput({ writeErr: () => {} })
  const written = vi.spyOn(process.stdout, 'write')
  const words = Object.entries(given).map(([name, value]) => `--${name}=${value}`)
  const error: unknown = await program
    .parseAsync(['chatwoot', 'compare', ...words], { from: 'user' })
    .catch((error: unknown) => error)
  expect(written).not.toHaveBeenCalled()
  written.mockRestore()
  if (error instanceof CommanderError) return { code: 2, said: error.message }
  if (!(error instanceof Refusal)) throw error
  expect(error.message).not.toContain(given.token)
  return { code: error.exitCode, said: error.message }
}

const fixed = (status: number, headers: Record<string, string>, body = '') =>
  listen((_request, response) => void response.writeHead(status, headers).end(body))

test.each([
  [401, 'application/json', '{"error":"Invalid Access Token"}', 'Chatwoot refuses the token (Invalid Access Token)'],
  [401, 'application/json', '{"errors":["You need to sign in."]}', 'Chatwoot refuses the token (You need to sign in.)'],
  [403, 'application/json', '{"error":"API access is not enabled for this account"}', 'API access is not enabled'],
  [404, 'application/json', '{"error":"Resource could not be found"}', 'Chatwoot has no account 1'],
  [500, 'text/html', '<h1>Sorry</h1>', 'Chatwoot answers 500'],
  [422, 'application/json', '{"error":"The request took too long to complete."}', 'answers 422 (The request took too long'],
  [200, 'text/html', '<title>Welcome</title>', 'Is the address right?'],
  [200, 'application/json', '[{"name":"no id"}]', 'Is the address right?'],
  [200, 'application/json', '[{"id":', 'Is the address right?'],
])('Chatwoot answers %d %s %s', async (status, type, body, said) => {
  const chatwoot = await fixed(status, { 'content-type': type }, body)
  expect(await refusal({ url: chatwoot.url })).toEqual({ code: 1, said: expect.stringContaining(said) as string })
  await chatwoot.close()
})

test('Tidemark refuses the token', async () => {
  expect(await refusal({ token: 'token-2' })).toEqual({
    code: 1,
    said: expect.stringContaining('Tidemark refuses the token') as string,
  })
})

test('nobody is there, on either side', async () => {
  const gone = await fixed(200, {})
  await gone.close()
  expect(await refusal({ url: gone.url })).toEqual({ code: 1, said: `Chatwoot at ${gone.url} cannot be reached (ECONNREFUSED).` })
  expect((await refusal({ against: `${gone.url}/` })).said).toBe(`Tidemark at ${gone.url} cannot be reached (ECONNREFUSED).`)
})

test('a redirection is told, and not followed with the token', async () => {
  let followed = 0
  const target = await listen((_request, response) => {
    followed += 1
    response.end()
  })
  const chatwoot = await fixed(301, { location: `${target.url}/api?secret=1` })
  expect(await refusal({ url: chatwoot.url })).toEqual({ code: 1, said: expect.stringContaining(`redirects to ${target.url}/api. Give`) as string }) // prettier-ignore
  expect(followed).toBe(0)
  await Promise.all([chatwoot.close(), target.close()])
})

test('one who never answers, or never ends', async () => {
  const silent = await listen(() => {})
  const said = expect.stringContaining('no answer within 1 s') as string
  expect(await refusal({ url: silent.url, timeout: '1' })).toEqual({ code: 1, said })
  await silent.close()
  const endless = await listen(
    (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('['),
  )
  expect(await refusal({ url: endless.url, timeout: '1' })).toEqual({ code: 1, said })
  await endless.close()
})

test('one too many requests is asked again when Retry-After says so, and given up when it says tomorrow', async () => {
  let asked = 0
  const busy = await listen((_request, response) => {
    asked += 1
    if (asked === 1) response.writeHead(429, { 'retry-after': '0' }).end()
    else response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"Invalid Access Token"}')
  })
  expect((await refusal({ url: busy.url })).said).toContain('refuses the token')
  expect(asked).toBe(2)
  await busy.close()
  const tomorrow = await fixed(429, { 'retry-after': '86400' })
  expect(await refusal({ url: tomorrow.url })).toEqual({
    code: 1,
    said: expect.stringContaining('wants fewer requests') as string,
  })
  await tomorrow.close()
})

test.each([
  [{ url: 'desk' }, 'Give the base address'],
  [{ url: 'file:///etc/passwd' }, 'Give the base address'],
  [{ url: 'https://me:pass@desk.example.com' }, 'Give the base address'],
  [{ token: 'two words' }, 'The token is none'],
  [{ token: 'line\nbreak' }, 'The token is none'],
  [{ sample: '51' }, 'Give at most 50'],
  [{ sample: '0' }, 'Give a whole number'],
  [{ timeout: '601' }, 'Give at most 600'],
  [{ 'timezone-offset': 'Berlin' }, 'Give hours'],
  [{ until: '2026-01-01' }, 'since must lie before until'],
  [{ since: 'yesterday' }, 'Give a date'],
])('%j cannot be carried out', async (args, said) => {
  expect(await refusal(args as Record<string, string>)).toEqual({ code: 2, said: expect.stringContaining(said) as string })
})

test('a database without tables of Tidemark says what to run; one out of reach says so', { timeout: 120_000 }, async () => {
  const args = [
    'chatwoot',
    'compare',
    '--url',
    oursUrl,
    '--token',
    'token-1',
    '--account',
    '1',
    '--since',
    '-7d',
    '--until',
    '-1d',
  ]
  const empty = new URL(database.url)
  empty.pathname = '/postgres'
  const [behind, lost] = await Promise.all([
    tidemark(args, { DATABASE_URL: empty.href }),
    tidemark(args, { DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none' }),
  ])
  expect(behind).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('tidemark attach') as string })
  expect(lost).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/) as string,
  })
  expect(lost.stderr).not.toMatch(/\n\s+at /)
})
