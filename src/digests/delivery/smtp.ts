import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { createTransport } from 'nodemailer'
import { sender } from '../audience/address.ts'
import { readFailure, type Outcome, type SmtpFailure } from './outcome.ts'

/** A mail server and how it is talked to. */
export interface SmtpServer {
  /** `smtp://` or `smtps://`, with user and password where it wants them. */
  url: string
  tls?: SmtpTls | undefined
  /** Seconds without a word after which a server is given up. */
  silence?: number | undefined
}

export interface SmtpTls {
  /** With `smtp://`: `auto` where the server offers it, `required` or no mail, `off`. */
  startTls: 'auto' | 'required' | 'off'
  /** PEM certificates that are trusted besides the well-known ones. */
  ca?: string | undefined
  rejectUnauthorized: boolean
}

/** A minute is slow, five are dead: RFC 5321 lets a server think that long over a command. */
const SILENCE = 5 * 60
/** No attempt lasts longer (seconds), however slowly its server drips; the lease of a claim is longer still. */
export const LONGEST_ATTEMPT = 10 * 60
/** Some servers end a connection after a hundred mails with 421; nodemailer's pool opens another before. */
const MOST_MAILS = 90

export interface SmtpPool {
  /** @param begin awaited when the server has asked for the message, before anything of it leaves; throwing withholds it */
  transmit(message: Buffer, recipient: string, begin: () => Promise<void>): Promise<Outcome>
  close(): void
}

/** Says hello to a mail server, secures the connection and logs in, as before a mail, and sends none. @throws what went wrong */
export async function greet(server: SmtpServer, seconds: number): Promise<void> {
  const timeout = seconds * 1000
  const mailer = createTransport({
    ...connectionOptions(server),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  })
  try {
    await mailer.verify()
  } finally {
    mailer.close()
  }
}

/** A message on its way. `begun`: the server has asked for it, after DATA. Before, nothing of it can have arrived. */
interface Offer {
  message: Buffer
  begin: () => Promise<void>
  state: 'offered' | 'asked for' | 'begun' | 'withheld'
}

/**
 * Opens a pool of at most `most` connections, which stay open from one mail to the next. A connection that its server has
 * ended in between costs nothing: the mail goes over another one, once, as long as the server had not asked for it.
 */
export function openSmtp(server: SmtpServer, from: string, most: number): SmtpPool {
  const mailer = createTransport({
    ...connectionOptions(server),
    pool: true,
    maxConnections: most,
    maxMessages: MOST_MAILS,
    maxRequeues: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const offers = new WeakMap<Buffer, Offer>()
  mailer.use('stream', ({ data, message }, done) => {
    const offer = offers.get(data.raw as Buffer)
    if (!offer) return done(new Error('a mail that was not offered here'))
    message.createReadStream = () => flowing(offer)
    done()
  })
  const { address } = sender(from)
  return {
    async transmit(message, recipient, begin) {
      const offer: Offer = { message, begin, state: 'offered' }
      offers.set(message, offer)
      const size = message.length
      try {
        const signal = AbortSignal.timeout(LONGEST_ATTEMPT * 1000)
        const { response } = await mailer.sendMail({ envelope: { from: address, to: [recipient], size }, raw: message, signal })
        return { kind: 'sent', response, size }
      } catch (error) {
        if (offer.state === 'withheld') return { kind: 'again', error: (error as Error).message, size }
        return { ...readFailure(error as SmtpFailure, offer.state === 'begun'), size }
      }
    },
    // Without waiting for the answer to a QUIT: some servers give none, and the mails are settled.
    close: () => mailer.close(),
  }
}

/**
 * The bytes of a message, read only when the server has asked for them: that tells "cannot have arrived" from "may have".
 * They flow once: whatever the pool thinks of a lost connection, a message that has begun is not begun again by itself.
 */
function flowing(offer: Offer): Readable {
  const flow = async (stream: Readable) => {
    if (offer.state !== 'offered') throw new Error('the mail has been offered before')
    offer.state = 'asked for'
    await offer.begin().catch((error: Error) => {
      offer.state = 'withheld'
      throw error
    })
    offer.state = 'begun'
    stream.push(offer.message)
    stream.push(null)
  }
  let flowed: Promise<void> | undefined
  return new Readable({
    read() {
      flowed ??= flow(this).catch((error: Error) => void this.destroy(error))
    },
  })
}

function connectionOptions({ url, tls, silence = SILENCE }: SmtpServer) {
  const { protocol, hostname, port, username, password } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    secure: protocol === 'smtps:',
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    requireTLS: tls?.startTls === 'required',
    ignoreTLS: tls?.startTls === 'off',
    tls: {
      rejectUnauthorized: tls?.rejectUnauthorized ?? true,
      ...(tls?.ca === undefined ? {} : { ca: [...rootCertificates, tls.ca] }),
    },
    connectionTimeout: 30_000,
    greetingTimeout: 30_000,
    socketTimeout: silence * 1000,
  }
}
