import { fileURLToPath } from 'node:url'
import { Eta, type EtaConfig } from 'eta'
import { pictureCids, type Artefacts } from '../files/artefacts.ts'
import { fullDate } from './dates.ts'
import { checkedLinks, type Envelope, type Links } from './envelope.ts'
import { fileSize } from './format.ts'
import { palettesOf } from './palette.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { textRow, tidyText } from './text-layout.ts'
import { viewOf } from './view.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

/** A digest as it reads, in both of the forms that one mail has. */
export interface Mail {
  subject: string
  html: string
  text: string
}

const templates = fileURLToPath(new URL('../../../templates', import.meta.url))

/** Names come from data, so a template must never put text in unescaped: one that tries does not compile. */
export const escapedOnly: EtaConfig['plugins'][number] = {
  processAST(nodes = []) {
    if (nodes.some((node) => typeof node === 'object' && node.t === 'r')) throw new Error('templates must not output raw text')
    return nodes
  },
}
const html = new Eta({ views: templates, cache: true, autoTrim: [false, 'nl'], plugins: [escapedOnly] })
// Plain text knows no markup: escaping would show in it.
const text = new Eta({ views: templates, cache: true, autoTrim: false, autoEscape: false, plugins: [escapedOnly] })

/**
 * Lays a snapshot out as HTML and text for one recipient. Both hold the same figures.
 * @throws Refusal (422) when a link of the envelope is no address of the web
 */
export function mailOf(snapshot: Snapshot, artefacts: Artefacts, envelope: Envelope = {}): Mail {
  const words = wordsOf(snapshot.language)
  const links = checkedLinks(envelope.links)
  const workbook = [...artefacts.attachments, ...(links.files ?? [])].some((file) => file.name.endsWith('.xlsx'))
  const view = viewOf(snapshot, envelope, workbook)
  const data = {
    view,
    words,
    files: filesIn(words, artefacts, links),
    buttons: buttonsOf(words, links),
    footerLinks: footerLinks(words, links),
    expires: expiryOf(words, links),
    inline: artefacts.inline,
    ...palettesOf(snapshot),
    cids: pictureCids(snapshot),
    row: textRow(words.direction),
  }
  const plain = text.render('./digest.txt', data)
  return { subject: view.subject, html: html.render('./digest.html', data), text: tidyText(plain, words.direction) }
}

/** A file that a mail speaks of: attached, or to be had behind a link, or (without a name) left out. */
interface FileLine {
  name: string
  note: string
  url: string
}

function filesIn(words: Words, { attachments, linked }: Artefacts, { files = [] }: Links): FileLine[] {
  const attached = attachments.map(({ name, content }) => ({ name, note: fileSize(words, content.length), url: '' }))
  const elsewhere = files
    .filter((file) => !attachments.some(({ name }) => name === file.name))
    .map(({ name, size, url }) => ({ name, note: fileSize(words, size), url }))
  const heavy = linked.filter((file) => !files.some(({ name }) => name === file.name)).reduce((sum, { size }) => sum + size, 0)
  const lost = heavy > 0 ? [{ name: '', note: words.attachments.tooLarge(fileSize(words, heavy)), url: '' }] : []
  return [...attached, ...elsewhere, ...lost]
}

/** The two ways on from a mail: all of it on a page, all of it in a workbook. */
function buttonsOf({ links: words }: Words, { view, files = [] }: Links): { label: string; url: string }[] {
  const workbook = files.find(({ name }) => name.endsWith('.xlsx'))
  return [
    ...(view === undefined ? [] : [{ label: words.view, url: view }]),
    ...(workbook === undefined ? [] : [{ label: words.workbook, url: workbook.url }]),
  ]
}

function footerLinks({ links: words }: Words, links: Links): { label: string; url: string }[] {
  return (['manage', 'unsubscribe', 'definitions'] as const).flatMap((name) => {
    const url = links[name]
    return url === undefined ? [] : [{ label: words[name], url }]
  })
}

function expiryOf(words: Words, { view, files = [], expiresOn }: Links): string {
  return expiresOn !== undefined && (view !== undefined || files.length > 0)
    ? words.attachments.expires(fullDate(words, expiresOn))
    : ''
}
