import type { FastifyRequest } from 'fastify'

export type Format = 'json' | 'csv'

/** A path's format suffix, as Chatwoot's routes take it. */
const suffix = /\.(json|csv)$/

/** The address without a format suffix, so that every route answers with and without one. */
export function withoutSuffix(address: string): string {
  const [path = '', ...query] = address.split('?')
  return path.startsWith('/api/') ? [path.replace(suffix, ''), ...query].join('?') : address
}

/** The format that an address names with its path's suffix. */
export function suffixOf(address: string): Format | undefined {
  const [path = ''] = address.split('?')
  return suffix.exec(path)?.[1] as Format | undefined
}

/**
 * The format asked for: the path's suffix, else `format=`, else `Accept: text/csv`, else the default. Where the default
 * is CSV, an `Accept` that names JSON changes nothing: Chatwoot's pages send it with every request for a file.
 */
export function formatOf(
  { originalUrl, headers }: Pick<FastifyRequest, 'originalUrl' | 'headers'>,
  given: string | undefined,
  otherwise: Format,
): Format {
  const named = suffixOf(originalUrl) ?? given
  if (named === 'json' || named === 'csv') return named
  return prefersCsv(headers.accept) ? 'csv' : otherwise
}

/** True for an `Accept` header that names text/csv, and before (or rather than) JSON. */
export function prefersCsv(accept = ''): boolean {
  const csv = weightOf('text/csv', accept)
  return csv > 0 && csv >= weightOf('application/json', accept)
}

/** How much an `Accept` header wants a media type: its `q`, 0 when it does not name it. */
export function weightOf(type: string, accept = ''): number {
  for (const entry of accept.toLowerCase().split(',')) {
    const [name, ...settings] = entry.split(';').map((part) => part.trim())
    if (name === type) return Number(settings.find((setting) => setting.startsWith('q='))?.slice(2) ?? 1)
  }
  return 0
}
