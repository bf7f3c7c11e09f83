import type { Random } from './random.ts'

const firstNames = [
  'Aarav', 'Ada', 'Aisha', 'Amélie', 'Ananya', 'Arjun', 'Ben', 'Bianca', 'Björn', 'Carmen', 'Chidi', 'Clara', 'Daniel', 'Deepa',
  'Diego', 'Eleni', 'Emeka', 'Farah', 'Fatima', 'Finn', 'Grace', 'Hana', 'Henrik', 'Ines', 'Ishaan', 'Jamal', 'Jürgen', 'Kavya',
  'Kenji', 'Lakshmi', 'Lars', 'Leila', 'Liam', 'Lucía', 'Maeve', 'Marta', 'Mateo', 'Meera', 'Mina', 'Nadia', 'Niall', 'Noor',
  'Olga', 'Omar', 'Paula', 'Priya', 'Rahul', 'Renée', 'Rohan', 'Rosa', 'Sanjay', 'Siobhán', 'Sofia', 'Tariq', 'Theo', 'Uma',
  'Viktor', 'Wei', 'Yara', 'Zoë',
] // prettier-ignore

const lastNames = [
  'Adeyemi', 'Almeida', 'Andersson', 'Bauer', 'Bhatt', 'Castillo', 'Chen', 'Chopra', 'Costa', "D'Angelo", "D'Souza", 'Desai',
  'Dubois', 'Ferrari', 'Fischer', 'García', 'Gupta', 'Haddad', 'Hansen', 'Hoffmann', 'Iyer', 'Jensen', 'Joshi', 'Kaur', 'Khan',
  'Kowalski', 'Krüger', 'Lindqvist', 'Lopez', 'Mehta', 'Moreau', 'Müller', 'Nair', 'Nakamura', "N'Diaye", 'Novák', 'Núñez',
  "O'Brien", "O'Neill", 'Okafor', 'Papadakis', 'Patel', 'Pérez', 'Petrov', 'Rao', 'Rossi', 'Schäfer', 'Sharma', 'Silva', 'Singh',
  'Søndergaard', 'Tanaka', 'Varga', 'Weiß', 'Yılmaz', 'Zhang',
] // prettier-ignore

/** Team names as Chatwoot keeps them, in lower case; the first ones are those that every desk has. */
export const teamNames = [
  'support', 'billing', 'logistics', 'sales', 'technical', 'onboarding', 'returns', 'key accounts', 'escalations', 'community',
] // prettier-ignore

/** Label titles, commonest first. */
export const labelTitles = [
  'delivery', 'refund', 'billing', 'bug', 'question', 'order-change', 'returns', 'account', 'payment-failed', 'damaged',
  'feature-request', 'complaint', 'invoice', 'password', 'warranty', 'stock', 'discount', 'urgent', 'cancellation', 'address',
  'size-guide', 'loyalty', 'gift-card', 'tracking', 'customs', 'app', 'website', 'spam', 'praise', 'vip', 'wholesale', 'pickup',
  'subscription', 'newsletter', 'privacy', 'repair', 'spare-parts', 'press', 'partner', 'accessibility', 'fraud', 'legal',
] // prettier-ignore

export interface PersonName {
  readonly full: string
  /** The name in plain lower-case letters, as in an address: `siobhan.obrien`. */
  readonly plain: string
}

/** A name out of some three thousand. */
export function personName(random: Random): PersonName {
  const [first, last] = [random.pick(firstNames), random.pick(lastNames)]
  return { full: `${first} ${last}`, plain: `${plain(first)}.${plain(last)}` }
}

const letters: Record<string, string> = { ß: 'ss', ø: 'o', ı: 'i' }

function plain(name: string): string {
  const lower = name.toLowerCase().replace(/[ßøı]/g, (letter) => letters[letter]!)
  return lower.normalize('NFD').replace(/[^a-z]/g, '')
}
