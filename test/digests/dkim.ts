import { createHash, verify, type KeyObject } from 'node:crypto'

/** Checks the first DKIM signature of a message by RFC 6376 (relaxed/relaxed, rsa-sha256), independently of what made it. */
export function verifyDkim(raw: string, key: KeyObject): { valid: boolean; tags: Record<string, string> } {
  const end = raw.indexOf('\r\n\r\n')
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/)
  const signature = fields.find((field) => /^dkim-signature:/i.test(field)) ?? ''
  const tags = Object.fromEntries(
    signature
      .slice(signature.indexOf(':') + 1)
      .split(';')
      .map((tag) => /^\s*(\w+)\s*=([^]*)$/.exec(tag) ?? [])
      .map(([, name = '', value = '']) => [name, value.replace(/\s+/g, '')]),
  )
  const relaxed = (field: string) =>
    `${field.slice(0, field.indexOf(':')).toLowerCase().trim()}:${field
      .slice(field.indexOf(':') + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`
  const body = raw
    .slice(end + 4)
    .replace(/[ \t]+\r\n/g, '\r\n')
    .replace(/[ \t]+/g, ' ')
    .replace(/(\r\n)*$/, '\r\n')
  const named = (tags.h ?? '')
    .split(':')
    .map((name) => fields.findLast((field) => field.toLowerCase().startsWith(`${name}:`)) ?? '')
  const signed = [...named.map(relaxed), relaxed(signature.replace(/(;\s*b=)[^;]*/, '$1'))].join('\r\n')
  const intact = createHash('sha256').update(body).digest('base64') === tags.bh
  return { valid: intact && verify('sha256', Buffer.from(signed), key, Buffer.from(tags.b ?? '', 'base64')), tags }
}
