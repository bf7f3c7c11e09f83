import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

export interface Identity {
  /** PEM. */
  cert: string
  key: string
}

/** A certificate authority of its own and, signed by it, a server at 127.0.0.1. Made anew for each test: no key lies about. */
export function issue(): { ca: string; server: Identity } {
  const authority = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const server = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const basic = extension('2.5.29.19', true, sequence(der(0x01, Buffer.from([0xff]))))
  const address = extension(
    '2.5.29.17',
    false,
    sequence(der(0x87, Buffer.from([127, 0, 0, 1])), der(0x82, Buffer.from('localhost'))),
  )
  return {
    ca: certificate('Test authority', authority.publicKey, 'Test authority', authority.privateKey, [basic]),
    server: {
      cert: certificate('localhost', server.publicKey, 'Test authority', authority.privateKey, [address]),
      key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    },
  }
}

const certificate = (subject: string, key: KeyObject, issuer: string, issuerKey: KeyObject, extensions: Buffer[]): string => {
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), der(0x05))
  const spki = key.export({ type: 'spki', format: 'der' })
  const serial = createHash('sha256').update(spki).digest().subarray(0, 8)
  serial[0]! &= 0x7f
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    name(issuer),
    sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    name(subject),
    spki,
    der(0xa3, sequence(...extensions)),
  )
  const whole = sequence(signed, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', signed, issuerKey)])))
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

// As much of ASN.1 (DER) as a certificate takes.
function der(tag: number, content: Buffer = Buffer.alloc(0)): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts))
const name = (common: string) => sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(common)))))
const extension = (id: string, critical: boolean, value: Buffer) =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))
function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = rest.flatMap((n) => {
    const groups = [n & 0x7f]
    for (let left = n >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]))
}
