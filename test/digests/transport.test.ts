import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Letter } from '../../src/digests/delivery/letter.ts'
import { openTransport, type MailRoute, type Transport } from '../../src/digests/delivery/send.ts'
import { issue } from '../support/certificate.ts'
import { verifyDkim } from './dkim.ts'
import { startSmtp, type SmtpRecorder } from './smtp.ts'

const letter = (to: string, more: Partial<Letter> = {}): Letter => ({
  file: 'mail',
  messageId: `<${to.replace('@', '.')}@desk.example>`,
  recipient: to,
  mail: { subject: 'Acme: week of 2 Mar – 5 conversations', html: '<p>Ümläut</p>', text: 'Ümläut\n.dot' },
  date: 1_778_486_400,
  ...more,
})
const route = (smtp: SmtpRecorder, more: Partial<MailRoute> = {}): MailRoute => ({
  smtpUrl: smtp.url,
  from: 'Tidemark <reports@desk.example>',
  outbox: '/nowhere',
  silence: 1,
  ...more,
})

/** Opens a transport for one test and closes it however that ends. */
async function using(to: MailRoute, work: (transport: Transport) => Promise<void>, most = 2): Promise<void> {
  const transport = openTransport(to, most)
  await work(transport).finally(() => transport.close())
}

describe('over connections that stay open', () => {
  let smtp: SmtpRecorder
  beforeAll(async () => void (smtp = await startSmtp()))
  beforeEach(() => smtp.reset())
  afterAll(() => smtp.close())

  test('many mails go over few of them, and each says what the server answered', () =>
    using(route(smtp), async (transport) => {
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => transport.send(letter(`person${i}@example.com`))))
      expect(outcomes[3]).toEqual({
        kind: 'sent',
        size: expect.any(Number) as number,
        response: '250 Ok: queued as <person3.example.com@desk.example>',
      })
      expect(outcomes.every(({ kind }) => kind === 'sent')).toBe(true)
      expect(new Set(smtp.taken.map((mail) => mail.to)).size).toBe(30)
      expect(new Set(smtp.taken.map((mail) => mail.connection)).size).toBe(2)
      expect(smtp.taken[0]?.raw.replaceAll('\r\n', '\n')).toContain('\n.dot')
    }))

  test('a connection that its server has ended in between costs nothing: no doubt, no attempt', () =>
    using(route(smtp), async (transport) => {
      expect(await transport.send(letter('a@example.com'))).toMatchObject({ kind: 'sent' })
      smtp.hangUp()
      expect(await transport.send(letter('b@example.com'))).toMatchObject({ kind: 'sent' })
      // Ended in the very moment at which the next mail is addressed.
      smtp.script = (to, time) => (to.startsWith('c@') && time === 1 ? 'hang up before the message' : 'accept')
      expect(await transport.send(letter('c@example.com'))).toMatchObject({ kind: 'sent' })
      expect(smtp.addressed).toEqual(['a@example.com', 'b@example.com', 'c@example.com', 'c@example.com'])
      expect(smtp.taken.map((mail) => mail.to)).toEqual(['a@example.com', 'b@example.com', 'c@example.com'])
    }))

  test.each(['hang up after the message', 'hang up within the message', 'hang after the message'] as const)(
    'a mail that has begun is never begun again by itself: %s',
    (behaviour) =>
      using(route(smtp), async (transport) => {
        smtp.script = (to) => (to.startsWith('bad@') ? behaviour : 'accept')
        await transport.send(letter('a@example.com'))
        expect(await transport.send(letter('bad@example.com'))).toMatchObject({ kind: 'uncertain' })
        expect(smtp.addressed.filter((to) => to.startsWith('bad@'))).toHaveLength(1)
        expect(await transport.send(letter('b@example.com'))).toMatchObject({ kind: 'sent' })
      }),
  )

  test('a refused mail leaves the connection to the next', () =>
    using(
      route(smtp),
      async (transport) => {
        smtp.script = (to) => (to.startsWith('no@') ? 'refuse' : to.startsWith('full@') ? 'message later' : 'accept')
        expect(await transport.send(letter('no@example.com'))).toMatchObject({
          kind: 'refused',
          error: expect.stringContaining('550') as string,
        })
        expect(await transport.send(letter('full@example.com'))).toMatchObject({ kind: 'again' })
        expect(await transport.send(letter('a@example.com'))).toMatchObject({ kind: 'sent' })
        expect(await transport.send(letter('b@example.com'))).toMatchObject({ kind: 'sent' })
        expect(new Set(smtp.taken.map((mail) => mail.connection)).size).toBe(1)
      },
      1,
    ))

  test('while nobody listens, mail is unreachable; the same transport sends once somebody does', () =>
    using(route(smtp), async (transport) => {
      await smtp.down()
      expect(await transport.send(letter('a@example.com'))).toMatchObject({ kind: 'unreachable' })
      await smtp.up()
      expect(await transport.send(letter('a@example.com'))).toMatchObject({ kind: 'sent' })
      expect(smtp.taken).toHaveLength(1)
    }))
})

describe('over TLS', () => {
  const { ca, server } = issue()
  let starting: SmtpRecorder
  let implicit: SmtpRecorder
  let plain: SmtpRecorder
  beforeAll(async () => {
    ;[starting, implicit, plain] = await Promise.all([
      startSmtp(undefined, { ...server, implicit: false }),
      startSmtp(undefined, { ...server, implicit: true }),
      startSmtp(),
    ])
  })
  beforeEach(() => [starting, implicit, plain].forEach((smtp) => smtp.reset()))
  afterAll(() => Promise.all([starting, implicit, plain].map((smtp) => smtp.close())))

  const tls = { startTls: 'auto', ca, rejectUnauthorized: true } as const
  const sends = async (smtp: SmtpRecorder, settings: MailRoute['tls']) => {
    let kind = ''
    await using(route(smtp, { tls: settings }), async (transport) => {
      ;({ kind } = await transport.send(letter('a@example.com')))
    })
    return [kind, smtp.taken.map((mail) => mail.secure)]
  }

  test('STARTTLS is used where it is offered; where it is required and not offered, nothing is sent', async () => {
    expect(await sends(starting, tls)).toEqual(['sent', [true]])
    expect(await sends(plain, tls)).toEqual(['sent', [false]])
    plain.reset()
    expect(await sends(plain, { ...tls, startTls: 'required' })).toEqual(['unreachable', []])
    expect(plain.addressed).toEqual([])
    starting.reset()
    expect(await sends(starting, { ...tls, startTls: 'required' })).toEqual(['sent', [true]])
    starting.reset()
    expect(await sends(starting, { ...tls, startTls: 'off' })).toEqual(['sent', [false]])
  })

  test('smtps:// is TLS from the first byte', async () => {
    expect(await sends(implicit, tls)).toEqual(['sent', [true]])
  })

  test('a certificate that nobody vouches for is refused, unless any will do', async () => {
    for (const smtp of [starting, implicit]) {
      expect(await sends(smtp, { ...tls, ca: undefined })).toEqual(['unreachable', []])
      expect(await sends(smtp, { ...tls, ca: undefined, rejectUnauthorized: false })).toEqual(['sent', [true]])
    }
  })
})

describe('signed', () => {
  let smtp: SmtpRecorder
  beforeAll(async () => void (smtp = await startSmtp()))
  beforeEach(() => smtp.reset())
  afterAll(() => smtp.close())
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const dkim = {
    domain: 'desk.example',
    selector: 'tidemark',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
  const more = { unsubscribeUrl: 'https://desk.example/unsubscribe/abc', replyTo: 'owner@example.com', onBehalfOf: 'Acme' }

  test('the signature holds for what arrives, with the pair of unsubscribe headers', () =>
    using(route(smtp, { dkim }), async (transport) => {
      expect(await transport.send(letter('a@example.com', more))).toMatchObject({ kind: 'sent' })
      const raw = smtp.taken[0]?.raw ?? ''
      const { valid, tags } = verifyDkim(raw, publicKey)
      expect(valid).toBe(true)
      expect(tags).toMatchObject({ d: 'desk.example', s: 'tidemark', a: 'rsa-sha256' })
      expect(tags.h?.split(':')).toEqual(
        expect.arrayContaining([
          'from',
          'reply-to',
          'to',
          'subject',
          'date',
          'message-id',
          'list-unsubscribe',
          'list-unsubscribe-post',
        ]),
      )
      // The check itself can fail.
      expect(verifyDkim(raw.replace('unsubscribe/abc', 'unsubscribe/abd'), publicKey).valid).toBe(false)
      expect(verifyDkim(raw.replace('dot', 'dut'), publicKey).valid).toBe(false)
    }))

  test('a key that cannot sign sends nothing', () =>
    using(route(smtp, { dkim: { ...dkim, privateKey: 'nonsense' } }), async (transport) => {
      await expect(transport.send(letter('a@example.com'))).rejects.toThrow('could not be signed')
      expect(smtp.addressed).toEqual([])
    }))
})
