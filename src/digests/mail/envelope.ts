import { invalid } from '../../errors.ts'

/** What one recipient's mail says beyond the snapshot. Nothing of it changes a figure, and what is absent is not spoken of. */
export interface Envelope {
  /** Sent to one person on request; never the period's delivery. */
  test?: boolean
  deliveryId?: string
  /** Who put the recipient on the list, by name, and on which local date. */
  recipient?: { addedBy?: string; addedOn?: string }
  links?: Links
}

/** Where the recipient can go from the mail. All are signed or public addresses of this service. */
export interface Links {
  /** The digest on a page. */
  view?: string
  /** Files of the digest; `size` in bytes. */
  files?: { name: string; size: number; url: string }[]
  /** The last local date on which `view` and `files` open. */
  expiresOn?: string
  unsubscribe?: string
  manage?: string
  definitions?: string
}

/**
 * The links as they may be written into a mail.
 * @throws Refusal (422) for what is no address of the web: nothing else may become a link
 */
export function checkedLinks(links: Links = {}): Links {
  const { files = [], view, unsubscribe, manage, definitions } = links
  for (const url of [view, unsubscribe, manage, definitions, ...files.map((file) => file.url)]) {
    if (url !== undefined && !/^https?:\/\/[^\s"'<>\\]+$/.test(url))
      throw invalid('A link of a mail must be an address of the web.')
  }
  return links
}
