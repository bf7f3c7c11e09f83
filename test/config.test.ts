import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { issue } from './support/certificate.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'config-'))))
afterAll(() => rm(folder, { recursive: true }))

const pem = (type: 'rsa' | 'ed25519', modulusLength = 2048) =>
  (type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ed25519')).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string

describe('the mail server', () => {
  test('TLS is trusted as the system does, and used where it is offered, unless something else is said', () => {
    expect(readConfig({}).smtpTls).toEqual({ startTls: 'auto', ca: undefined, rejectUnauthorized: true })
    const { smtpTls } = readConfig({ SMTP_STARTTLS: 'required', SMTP_TLS_REJECT_UNAUTHORIZED: 'false' })
    expect(smtpTls).toMatchObject({ startTls: 'required', rejectUnauthorized: false })
  })

  test('certificates are read from their file', async () => {
    const { ca } = issue()
    const path = join(folder, 'ca.pem')
    await writeFile(path, ca)
    expect(readConfig({ SMTP_TLS_CA_FILE: path }).smtpTls.ca).toBe(ca)
  })

  test.each([
    ['another protocol', { SMTP_URL: 'http://mail.example.com' }, 'SMTP_URL: must be smtp://'],
    ['options in the URL', { SMTP_URL: 'smtp://mail.example.com?tls.rejectUnauthorized=false' }, 'SMTP_URL: takes no ?options'],
    ['an unknown way of STARTTLS', { SMTP_STARTTLS: 'maybe' }, 'SMTP_STARTTLS'],
    ['a file that is not there', { SMTP_TLS_CA_FILE: '/nowhere/ca.pem' }, 'SMTP_TLS_CA_FILE: the file cannot be read (ENOENT)'],
    ['a file that holds no certificate', { SMTP_TLS_CA_FILE: '/etc/hostname' }, 'SMTP_TLS_CA_FILE: must be PEM certificates'],
    ['two senders', { MAIL_FROM: 'A <a@example.com>, B <b@example.com>' }, 'MAIL_FROM: must be an address'],
    ['a sender of two lines', { MAIL_FROM: 'A\nBcc: <a@example.com>' }, 'MAIL_FROM: must be an address'],
  ])('%s is refused', (_, env, message) => {
    expect(() => readConfig(env)).toThrow(message)
  })

  test.each(['Reports <reports@example.com>', 'reports@example.com', '"Reports, daily" <reports@example.com>', '<r@localhost>'])(
    '%s is a sender',
    (from) => {
      expect(readConfig({ MAIL_FROM: from }).mailFrom).toBe(from)
    },
  )
})

describe('addresses', () => {
  const listOf = (env: Record<string, string>): string => {
    try {
      readConfig(env)
    } catch (error) {
      return (error as Error).message
    }
    return expect.fail('it was not refused')
  }

  test('that are none are named in one list, without what they hold', () => {
    const wrong = {
      DATABASE_URL: 'garbage-hunter2',
      REDIS_URL: 'http://:hunter2@redis.example.com',
      PUBLIC_URL: 'javascript:alert("hunter2")',
      CHATWOOT_URL: 'foo:hunter2',
    }
    const [head, ...lines] = listOf(wrong).split('\n')
    expect(head).toBe('The configuration is wrong:')
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}DATABASE_URL: must be postgresql:\/\/…/),
      expect.stringMatching(/^ {2}REDIS_URL: must be redis:\/\/… or rediss:\/\/…/),
      expect.stringMatching(/^ {2}PUBLIC_URL: must be https:\/\/… or http:\/\/…/),
      expect.stringMatching(/^ {2}CHATWOOT_URL: must be https:\/\/… or http:\/\/…/),
    ])
    expect(lines.join()).not.toContain('hunter2')
  })

  test.each([
    ['DATABASE_URL', 'mysql://u@localhost/x'],
    ['DATABASE_URL', 'postgresql:chatwoot'],
    ['DATABASE_URL', 'host=localhost dbname=chatwoot'],
    ['DATABASE_URL', 'postgresql://u:pa/ss#word@localhost/x'],
    ['REDIS_URL', 'nonsense'],
    ['REDIS_URL', 'localhost:6379'],
    ['PUBLIC_URL', 'reports.example.com'],
    ['PUBLIC_URL', 'https://'],
    ['CHATWOOT_URL', 'data:text/html,x'],
    ['CHATWOOT_URL', 'https:chat.example.com'],
  ])('%s=%s is refused', (name, value) => {
    expect(listOf({ [name]: value })).toMatch(new RegExp(`^ {2}${name}: must be `, 'm'))
  })

  test.each([
    ['DATABASE_URL', 'postgres://tidemark@localhost/chatwoot'],
    ['DATABASE_URL', 'postgresql://u:p%40ss@db.example.com:5433/chatwoot?sslmode=require'],
    ['DATABASE_URL', 'postgresql://postgres@localhost/tidemark?host=%2Ftmp%2Fpg'],
    ['DATABASE_URL', 'postgresql:///chatwoot?host=/run/postgresql'],
    ['DATABASE_URL', 'postgresql://tidemark@/chatwoot?host=/run/postgresql'],
    ['DATABASE_URL', 'postgresql://u@%2Frun%2Fpostgresql/chatwoot'],
    ['REDIS_URL', 'redis://localhost'],
    ['REDIS_URL', 'rediss://:hunter2@redis.example.com:6380/2'],
    ['PUBLIC_URL', 'http://localhost:3000'],
    ['CHATWOOT_URL', 'https://chat.example.com/desk/'],
  ] as const)('%s=%s is taken', (name, value) => {
    expect(readConfig({ [name]: value })).toMatchObject(
      name === 'DATABASE_URL' ? { databaseUrl: value } : name === 'REDIS_URL' ? { redisUrl: value } : {},
    )
  })
})

describe('DKIM', () => {
  const all = { DKIM_DOMAIN: 'example.com', DKIM_SELECTOR: 'tidemark', DKIM_PRIVATE_KEY: pem('rsa') }

  test('is off without all of its variables, and refused with some', () => {
    expect(readConfig({}).dkim).toBeUndefined()
    expect(readConfig(all).dkim).toMatchObject({
      domain: 'example.com',
      selector: 'tidemark',
      privateKey: all.DKIM_PRIVATE_KEY.trim(),
    })
    expect(() => readConfig({ ...all, DKIM_SELECTOR: '' })).toThrow('DKIM_SELECTOR: mail is signed with all of')
  })

  test('the key may be the path of a file, or one line', async () => {
    const path = join(folder, 'dkim.pem')
    await writeFile(path, all.DKIM_PRIVATE_KEY)
    expect(readConfig({ ...all, DKIM_PRIVATE_KEY: path }).dkim?.privateKey).toBe(all.DKIM_PRIVATE_KEY)
    const line = all.DKIM_PRIVATE_KEY.trim().replaceAll('\n', '\\n')
    expect(readConfig({ ...all, DKIM_PRIVATE_KEY: line }).dkim?.privateKey).toBe(all.DKIM_PRIVATE_KEY.trim())
  })

  test.each([
    ['a key that is not RSA', { DKIM_PRIVATE_KEY: pem('ed25519') }, 'must be an RSA private key'],
    ['a key that is too short', { DKIM_PRIVATE_KEY: pem('rsa', 512) }, 'must be an RSA private key'],
    ['no key at all', { DKIM_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nxx' }, 'must be an RSA private key'],
    ['a domain that is none', { DKIM_DOMAIN: 'example.com; t=y' }, 'DKIM_DOMAIN'],
  ])('%s is refused', (_, env, message) => {
    expect(() => readConfig({ ...all, ...env })).toThrow(message)
  })
})
