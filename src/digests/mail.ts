import { fileURLToPath } from 'node:url'
import { Eta, type EtaConfig } from 'eta'
import { pictureCids, type Artefacts } from './artefacts.ts'
import { fileSize } from './format.ts'
import { pad } from './names.ts'
import { dark, light } from './palette.ts'
import type { Snapshot } from './snapshot.ts'
import { viewOf, type Envelope } from './view.ts'
import { words } from './words.ts'

/** A digest as it reads, in both of the forms that one mail has. */
export interface Mail {
  subject: string
  html: string
  text: string
}

const templates = fileURLToPath(new URL('../../templates', import.meta.url))

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

/** Lays a snapshot out as HTML and text for one recipient. Both hold the same figures. */
export function mailOf(snapshot: Snapshot, artefacts: Artefacts, envelope: Omit<Envelope, 'workbook'> = {}): Mail {
  const workbook = artefacts.attachments.some((file) => file.name.endsWith('.xlsx'))
  const view = viewOf(snapshot, { ...envelope, workbook })
  const files = artefacts.attachments.map((file) => `${file.name} (${fileSize(file.content.length)})`)
  if (artefacts.linked.length > 0)
    files.push(words.attachments.tooLarge(fileSize(artefacts.linked.reduce((sum, { size }) => sum + size, 0))))
  const data = { view, words, files, inline: artefacts.inline, light, dark, cids: pictureCids(snapshot), pad }
  return { subject: view.subject, html: html.render('./digest.html', data), text: tidyText(text.render('./digest.txt', data)) }
}

const tidyText = (content: string) => content.replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n')
