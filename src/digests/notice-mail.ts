import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'
import { escapedOnly, type Mail } from './mail.ts'
import type { Notice } from './notice.ts'
import { dark, light } from './palette.ts'

const views = fileURLToPath(new URL('../../templates', import.meta.url))
const html = new Eta({ views, cache: true, autoTrim: [false, 'nl'], plugins: [escapedOnly] })
// Plain text knows no markup: escaping would show in it.
const text = new Eta({ views, cache: true, autoTrim: false, autoEscape: false, plugins: [escapedOnly] })

/** Lays a notice out as HTML and text. @param id of its delivery, for who asks about it */
export function noticeMail(notice: Notice, { account, id }: { account: string; id: string }): Mail {
  const data = { notice, account, id, direction: notice.language === 'ar' ? 'rtl' : 'ltr', light, dark }
  return { subject: notice.subject, html: html.render('./notice.html', data), text: text.render('./notice.txt', data) }
}
