import type { Language } from '../../snapshot/snapshot.ts'

/** The forms of a noun by the plural categories of its language; `#` stands for the number. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** Chooses among forms by the rules of a language: English and German know two, Arabic six. */
export function plurals(language: Language): (n: number, text: string, forms: Forms) => string {
  const rules = new Intl.PluralRules(language)
  return (n, text, forms) => (forms[rules.select(n)] ?? forms.other).replace('#', () => text)
}
