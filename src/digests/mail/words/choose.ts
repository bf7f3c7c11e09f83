import type { Language } from '../../snapshot/snapshot.ts'
import { arabic } from './ar.ts'
import { german } from './de.ts'
import { english } from './en.ts'
import type { Words } from './words.ts'

const all: Record<Language, Words> = { en: english, de: german, ar: arabic }

/** The words of a language. */
export function wordsOf(language: Language): Words {
  return all[language]
}
