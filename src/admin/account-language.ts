import type { Language } from '../digests/definition/definition.ts'

/** Chatwoot's numbers of the languages that mails are written in. It never gives a number another meaning. */
const byNumber: Readonly<Record<number, Language>> = { 0: 'en', 1: 'ar', 4: 'de' }

/** The language that an account has chosen in Chatwoot (`accounts.locale`), where mails are written in it; else English. */
export const languageOf = (locale: number | null): Language => byNumber[locale ?? 0] ?? 'en'
