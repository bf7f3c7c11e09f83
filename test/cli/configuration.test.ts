// What an operator meets before anything works: a wrong configuration, a server that is down, and how to look at what is set.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { printedConfig } from '../../src/config.ts'
import { withoutSecrets } from '../../src/printed-settings.ts'
import { version } from '../../src/version.ts'
import { tidemark, type Finished } from '../support/command.ts'
import { programArguments } from '../support/program.ts'
import { sourcesIn } from '../support/sources.ts'

const stackless = ({ code, stderr }: Finished) => ({ code, stack: /\n\s+at |node:internal|\.ts:\d/.test(stderr) })

const wrong = { PORT: 'eighty', SMTP_URL: 'http://mail', SECRET_KEY: 'short', LOG_LEVEL: 'loud' }

test('the processes of the Procfile tell a wrong configuration in one list and do nothing', async () => {
  const told = await Promise.all(['migrate', 'serve', 'worker'].map((verb) => tidemark([verb], wrong)))
  for (const finished of told) {
    expect({ ...stackless(finished), stdout: finished.stdout }).toEqual({ code: 2, stack: false, stdout: '' })
    const [head, ...lines] = finished.stderr.trim().split('\n')
    expect(head).toBe('The configuration is wrong:')
    expect(new Set(lines.map((line) => /^ {2}([A-Z_]+): \S/.exec(line)?.[1]))).toEqual(new Set(Object.keys(wrong)))
    expect(finished.stderr).not.toMatch(/short$/m)
  }
})

test('so does every other verb, as none of them reads the configuration before its errors can be told', () => {
  const importsOf = new Map(
    sourcesIn('src', '.ts').map(({ path, code, imports }) => {
      const lazy = new Set([...code.matchAll(/await import\('\.\/([^']+)'\)/g)].map(([, name]) => `src/${name}`))
      return [path, imports.filter((name) => !lazy.has(name))]
    }),
  )
  const reached = new Set(['src/tidemark.ts'])
  for (const path of reached) for (const name of importsOf.get(path) ?? []) reached.add(name)
  expect([...reached]).toContain('src/errors.ts')
  expect([...reached]).not.toContain('src/config.ts')
})

test('a database that does not answer is one sentence and exit 1, without the password', async () => {
  const finished = await tidemark(['migrate', 'status'], { DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/x' })
  expect(stackless(finished)).toEqual({ code: 1, stack: false })
  expect(finished.stderr).toMatch(/^A server cannot be reached: .*ECONNREFUSED.*tidemark doctor/)
  expect(finished.stderr).not.toContain('hunter2')
})

test('the release is told by the verb and by the option', async () => {
  const [verb, option, json] = await Promise.all([
    tidemark(['version'], {}),
    tidemark(['--version'], {}),
    tidemark(['--json', 'version'], {}),
  ])
  expect([verb.stdout, option.stdout]).toEqual([`${version}\n`, `${version}\n`])
  expect(JSON.parse(json.stdout)).toMatchObject({ version, node: process.version, schema: expect.stringMatching(/^\d{4}_/) })
})

test('the description of the API is told without a database', async () => {
  const { code, stdout } = await tidemark(['openapi'], { DATABASE_URL: 'postgresql://u@127.0.0.1:1/x' })
  const { openapi, paths } = JSON.parse(stdout) as { openapi: string; paths: object }
  expect({ code, openapi }).toEqual({ code: 0, openapi: '3.1.0' })
  expect(Object.keys(paths)).toContain('/api/v1/admin/backfills')
})

test('who has read enough of what is told leaves no stack trace', async () => {
  const child = spawn(process.execPath, [...programArguments(), 'openapi'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = (await once(child, 'close')) as [number]
  expect({ code, said }).toEqual({ code: 0, said: '' })
})

describe('what config print shows', () => {
  const secrets = {
    DATABASE_URL: 'postgresql://tidemark:hunter2@db.example.com/desk?sslmode=require&sslpassword=hunter2',
    REDIS_URL: 'rediss://:hunter2@redis.example.com:6380',
    SMTP_URL: 'smtps://user%40example.com:hunter2@mail.example.com',
    SECRET_KEY: `hunter2${'x'.repeat(32)}`,
    DKIM_PRIVATE_KEY: 'hunter2',
  }

  test('names every variable with its value and where it is from', () => {
    const shown = new Map(printedConfig({ PORT: '8080', DATA_DIR: '' }).map((setting) => [setting.name, setting]))
    expect(shown.get('PORT')).toEqual({ name: 'PORT', value: '8080', from: 'environment' })
    expect(shown.get('DATA_DIR')).toEqual({ name: 'DATA_DIR', value: './.tidemark', from: 'default' })
    expect(shown.get('REDIS_URL')).toEqual({ name: 'REDIS_URL', value: null, from: 'unset' })
    expect(shown.get('PUBLIC_URL')?.from).toBe('derived')
  })

  test('holds no secret, in any variable', async () => {
    const settings = printedConfig(secrets)
    expect(JSON.stringify(settings)).not.toContain('hunter2')
    const shown = Object.fromEntries(settings.map(({ name, value }) => [name, value]))
    expect(shown.DATABASE_URL).toBe('postgresql://tidemark:***@db.example.com/desk?sslmode=require&sslpassword=***')
    expect(shown.SECRET_KEY).toBe('(set, not shown)')
    const { DKIM_PRIVATE_KEY: _, ...valid } = secrets
    const { code, stdout } = await tidemark(['config', 'print'], valid)
    expect({ code, leaked: stdout.includes('hunter2') }).toEqual({ code: 0, leaked: false })
    expect(stdout).toMatch(/^SMTP_URL +smtps:\/\/user%40example.com:\*\*\*@mail.example.com +environment$/m)
  })

  test.each(['host=db password=hunter2', 'hunter2', '://hunter2'])('%j, which is no URL, is not shown at all', (text) => {
    expect(withoutSecrets(text)).toBe('(set, not shown)')
  })
})
