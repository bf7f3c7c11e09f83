/** What a reader sees of HTML, on one line. */
export function seen(html: string): string {
  return unescaped(html.replace(/<(style|head)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' '))
}

/** The alternative texts of the pictures that are shown, one of each pair for light and dark. */
export function pictureTexts(html: string): string[] {
  return [...new Set([...html.matchAll(/<img [^>]*alt="([^"]*)"/g)].map(([, alt = '']) => unescaped(alt)))]
}

function unescaped(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', middot: '·' }
  return text
    .replace(/&(#\d+|\w+);/g, (_, name: string) => named[name] ?? String.fromCodePoint(Number(name.slice(1))))
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ')
}

/** Every number in a text, as it is written, with how it is signed and what unit it is in; sorted. */
export function numbersIn(text: string): string[] {
  return [...text.matchAll(/[+\-<>]?\d[\d.,:]*\d|[+\-<>]?\d/g)].map(([number]) => number).sort()
}

/** What no mail may say: arithmetic that went wrong, and what is not there. */
export const impossible = /NaN|Infinity|undefined|\bnull\b|-0\u00a0?%|[+-]0%|\[object|\u200e[+-]\u200e?0%/
