import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'
import { consentWords } from '../audience/consent-words.ts'
import { escapedOnly, type Mail } from '../mail/mail.ts'
import type { Notice } from './notice.ts'
import { dark, light } from '../mail/palette.ts'

const views = fileURLToPath(new URL('../../../templates', import.meta.url))
const html = new Eta({ views, cache: true, autoTrim: [false, 'nl'], plugins: [escapedOnly] })
// Plain text knows no markup: escaping would show in it.
const text = new Eta({ views, cache: true, autoTrim: false, autoEscape: false, plugins: [escapedOnly] })

interface About {
  account: string
  /** Of its delivery, for who asks about it. */
  id: string
  /** The way out, for those who are sent the digest. */
  unsubscribe?: string | undefined
}

/** Lays a notice out as HTML and text. */
export function noticeMail(notice: Notice, { account, id, unsubscribe }: About): Mail {
  const words = consentWords[notice.language]
  const link = unsubscribe && { url: unsubscribe, words: words.unsubscribe }
  const data = { notice, account, id, link, direction: words.direction, light, dark }
  return { subject: notice.subject, html: html.render('./notice.html', data), text: text.render('./notice.txt', data) }
}
