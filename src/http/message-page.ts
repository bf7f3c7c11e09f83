import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import { escapedOnly } from '../digests/mail/mail.ts'

const page = readFileSync(new URL('../../templates/message.eta', import.meta.url), 'utf8')
const eta = new Eta({ plugins: [escapedOnly] })
const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? ''

/** The style by its digest, and nothing else. */
export const MESSAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Titles of what people meet who follow a link in a mail. */
const titles: Record<number, string> = {
  404: 'There is nothing here',
  410: 'This link no longer opens',
  429: 'Too many requests',
  503: 'Not available at the moment',
}

/** A page that tells somebody who came by a link in a mail why he does not see what he came for. Loads nothing. */
export function messagePage(status: number, text: string): string {
  return eta.renderString(page, { title: titles[status] ?? 'Something went wrong', text })
}
