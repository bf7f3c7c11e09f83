import { readFileSync } from 'node:fs'
import { Eta } from 'eta'

const page = readFileSync(new URL('../../templates/message.eta', import.meta.url), 'utf8')
const eta = new Eta()

/** A page that says one thing to somebody who came by a link in a mail. Nothing on it is loaded from elsewhere. */
export function messagePage(title: string, text: string): string {
  return eta.renderString(page, { title, text })
}
