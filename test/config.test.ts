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
