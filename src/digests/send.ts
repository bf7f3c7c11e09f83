import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Instant } from '../clock.ts'
import { config } from '../config.ts'
import { invalid } from '../errors.ts'
import { mailAddress, NO_CONTROLS } from './address.ts'
import type { Artefacts } from './artefacts.ts'
import type { Mail } from './mail.ts'
import { readFailure, type Outcome, type SmtpFailure } from './outcome.ts'

/** Where mail goes: to a server, or as files into the outbox where no server is configured. */
export interface MailRoute {
  smtpUrl: string | undefined
  from: string
  outbox: string
}

/** One mail to one person. */
export interface Letter {
  /** The name of its file in the outbox; the same on every attempt, so that writing it again replaces it. */
  file: string
  messageId: string
  recipient: string
  mail: Mail
  artefacts: Artefacts
  date: Instant
}

/** The route of the configuration. */
export function configuredRoute(): MailRoute {
  return { smtpUrl: config.smtpUrl, from: config.mailFrom, outbox: resolve(config.dataDir, 'outbox') }
}

/** A minute is slow, five are dead: RFC 5321 lets a server think that long over a command. */
const SILENCE = 5 * 60_000
/** No attempt lasts longer, however slowly its server drips; the lease of a claim is longer still. */
export const LONGEST_ATTEMPT = 10 * 60

/** Sends one mail once: one connection, one recipient, one attempt. Never throws for what a server says. */
export async function send(letter: Letter, route: MailRoute): Promise<Outcome> {
  const message = await compose(letter, route.from)
  if (route.smtpUrl === undefined) return lay(message, join(route.outbox, `${letter.file}.eml`))
  return transmit(message, route.smtpUrl, { from: bareAddress(route.from), to: [letter.recipient] })
}

/**
 * The mail as bytes: text and HTML as alternatives, pictures beside the HTML, files attached.
 * @throws Refusal when the recipient is no single address or the subject more than a line: nothing of it reaches a header
 */
async function compose({ recipient, messageId, mail, artefacts, date }: Letter, from: string): Promise<Buffer> {
  if (mailAddress(recipient) !== recipient) throw invalid('The recipient is not in the form that addresses are stored in.')
  if (!NO_CONTROLS.test(mail.subject) || !NO_CONTROLS.test(messageId))
    throw invalid('A header of the mail is more than one line.')
  const composer = new MailComposer({
    from,
    to: { name: '', address: recipient },
    subject: mail.subject,
    messageId,
    date: new Date(date * 1000),
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    attachments: [
      ...artefacts.pictures.map(({ name, type, content, cid }) => ({ filename: name, contentType: type, content, cid })),
      ...artefacts.attachments.map(({ name, type, content }) => ({ filename: name, contentType: type, content })),
    ],
    // Nothing is ever read from a path or fetched from an address, whatever a name in the data looks like.
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
  return composer.compile().build()
}

/** Writes the mail beside its name and renames it, so that a file in the outbox is always whole. */
async function lay(message: Buffer, path: string): Promise<Outcome> {
  await mkdir(resolve(path, '..'), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.part`, message, { mode: 0o600 })
  await rename(`${path}.part`, path)
  return { kind: 'written' }
}

async function transmit(message: Buffer, url: string, envelope: { from: string; to: string[] }): Promise<Outcome> {
  const { auth, ...server } = parseConnectionUrl(url)
  const connection = new SMTPConnection({ connectionTimeout: 30_000, greetingTimeout: 30_000, socketTimeout: SILENCE, ...server })
  let begun = false
  // Read only when the server has asked for the message, after DATA: that tells "cannot have arrived" from "may have".
  const flowing = new Readable({
    read() {
      begun = true
      this.push(message)
      this.push(null)
    },
  })
  let deadline: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((done, fail) => {
      deadline = setTimeout(() => fail(new Error(`no outcome after ${LONGEST_ATTEMPT} s`)), LONGEST_ATTEMPT * 1000)
      const step = (next: () => void) => (error?: Error | null) => (error ? fail(error) : next())
      connection.on('error', fail)
      const offer = () => connection.send(envelope, flowing, step(done))
      const login = () => connection.login({ credentials: { user: auth?.user ?? '', pass: auth?.pass } }, step(offer))
      connection.connect(step(() => (auth && connection.allowsAuth ? login() : offer())))
    })
    return { kind: 'sent' }
  } catch (error) {
    return readFailure(error as SmtpFailure, begun)
  } finally {
    clearTimeout(deadline)
    // Without waiting for the answer to a QUIT: some servers give none, and the mail is settled.
    connection.close()
  }
}

/** The address of `Name <address>`. */
function bareAddress(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()
}
