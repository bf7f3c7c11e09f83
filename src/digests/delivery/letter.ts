import MailComposer from 'nodemailer/lib/mail-composer'
import type { Instant } from '../../clock.ts'
import { invalid } from '../../errors.ts'
import { mailAddress, NO_CONTROLS, sender } from '../audience/address.ts'
import type { Artefacts } from '../files/artefacts.ts'
import type { Mail } from '../mail/mail.ts'

/** One mail to one person. */
export interface Letter {
  /** The name of its file in the outbox; the same on every attempt, so that writing it again replaces it. */
  file: string
  messageId: string
  recipient: string
  /** On whose behalf it comes: "Acme via Tidemark". Without it, from the configured sender alone. */
  onBehalfOf?: string | undefined
  /** What the service is called there, instead of the name of the configured sender. */
  service?: string | null | undefined
  /** Who reads the answers. */
  replyTo?: string | undefined
  /** Where a POST ends the subscription (RFC 8058); http or https. */
  unsubscribeUrl?: string | undefined
  mail: Mail
  artefacts?: Artefacts
  date: Instant
}

/**
 * The mail as bytes: text and HTML as alternatives, pictures beside the HTML, files attached.
 * @param from the configured sender, `Name <address>`
 * @throws Refusal when an address is not a single one, or a header more than a line: nothing of it reaches a header
 */
export async function composeMessage(letter: Letter, from: string): Promise<Buffer> {
  const { recipient, messageId, mail, artefacts, date, replyTo } = letter
  if ([recipient, replyTo].some((address) => address !== undefined && mailAddress(address) !== address)) {
    throw invalid('An address of the mail is not in the form that addresses are stored in.')
  }
  if (!NO_CONTROLS.test(mail.subject) || !NO_CONTROLS.test(messageId))
    throw invalid('A header of the mail is more than one line.')
  const composer = new MailComposer({
    from: shownSender(from, letter),
    to: { name: '', address: recipient },
    ...(replyTo === undefined ? {} : { replyTo: { name: '', address: replyTo } }),
    subject: mail.subject,
    messageId,
    date: new Date(date * 1000),
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', ...unsubscribeHeaders(letter) },
    attachments: [
      ...(artefacts?.pictures ?? []).map(({ name, type, content, cid }) => ({ filename: name, contentType: type, content, cid })),
      ...(artefacts?.attachments ?? []).map(({ name, type, content }) => ({ filename: name, contentType: type, content })),
    ],
    // Nothing is ever read from a path or fetched from an address, whatever a name in the data looks like.
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
  return composer.compile().build()
}

const LONGEST_NAME = 100

/** The configured address under the name of the account and of the service: the name alone says nothing that DKIM can prove. */
function shownSender(from: string, { onBehalfOf, service }: Letter): { name: string; address: string } {
  const { name: configured, address } = sender(from)
  const name = service ? oneLine(service) : configured
  if (onBehalfOf === undefined) return { name, address }
  return { name: [oneLine(onBehalfOf), name].filter((part) => part !== '').join(' via '), address }
}

function oneLine(text: string): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  // Not through the middle of a character of two units.
  return line.slice(0, LONGEST_NAME).replace(/[\uD800-\uDBFF]$/, '')
}

/** Both or none: a List-Unsubscribe without the other one is opened with GET by scanners, which must not unsubscribe anybody. */
function unsubscribeHeaders({ unsubscribeUrl }: Letter): Record<string, string | { prepared: true; value: string }> {
  if (unsubscribeUrl === undefined) return {}
  if (!/^https?:\/\/[\x21\x23-\x3b\x3d\x3f-\x7e]+$/.test(unsubscribeUrl))
    throw invalid('The address to unsubscribe at is no URL.')
  return {
    // Prepared: a long URL is not to be folded or encoded.
    'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }
}
