/** An answer as far as it is compared. */
export interface Reply {
  /** 0: there was none in time, or none that could be read; `body` says so. */
  status: number
  kind: 'json' | 'csv' | 'text' | 'none'
  /** Parsed JSON; otherwise the text. */
  body: unknown
}

/** Reads an answer; JSON that is none stays a text. */
export function replyOf(status: number, contentType: string, text: string): Reply {
  if (text === '') return { status, kind: 'none', body: '' }
  if (/\bjson\b/.test(contentType)) {
    try {
      return { status, kind: 'json', body: JSON.parse(text) as unknown }
    } catch {
      return { status, kind: 'text', body: text }
    }
  }
  return { status, kind: /^text\/csv\b/.test(contentType) ? 'csv' : 'text', body: text }
}

export const unanswered = (why: string): Reply => ({ status: 0, kind: 'none', body: why })

/** The sentence of an error, in whichever of the API's shapes it comes; '' where there is none. */
export function sentenceOf({ body }: Reply): string {
  if (typeof body !== 'object' || body === null) return ''
  const { error, errors, detail } = body as { error?: unknown; errors?: unknown[]; detail?: unknown }
  const sentence = error ?? detail ?? errors?.[0]
  return typeof sentence === 'string' ? sentence : ''
}
