import type { Artefacts } from './artefacts.ts'
import type { Drawn } from './drawings.ts'
import { mailOf, type Mail } from './mail.ts'

/**
 * The mail of a delivery as it was, or will be, sent: made again from its snapshot.
 */
export function mailOfDelivery(deliveryId: string, { snapshot, artefacts }: Drawn): Mail {
  return mailOf(snapshot, artefacts, { deliveryId })
}

/** The HTML of a mail with its pictures in it, as one page that loads nothing. */
export function onePage(html: string, { pictures }: Artefacts): string {
  return pictures.reduce(
    (page, { cid, type, content }) => page.replaceAll(`cid:${cid}`, () => `data:${type};base64,${content.toString('base64')}`),
    html,
  )
}

/** What a browser may do with such a page: show it. No script, no request, no form, no frame around it. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
