import type { Instant } from '../../clock.ts'
import { config } from '../../config.ts'
import type { Language } from '../definition/definition.ts'
import type { Notice } from './notice.ts'
import { oneLine } from '../mail/names.ts'
import { ownerWords } from './owner-words.ts'

/** A recipient who was not reached, and why. */
export interface Failing {
  recipient: string
  state: 'refused' | 'uncertain'
  error: string | null
}

/** The period of a digest that a notice is about. */
export interface Concerned {
  accountId: number
  digestId: number
  name: string
  language: Language
  zone: string
  firstDate: string
  lastDate: string
}

interface FailedPeriod extends Concerned {
  slotId: number
  verdict: 'some' | 'nobody' | 'everybody'
  reached: number
  failed: number
  /** Why it could not be put together. */
  note: string | null
  nobody: number
}

/** That a period did not reach everybody: whom, why, and how it is sent again. @param failing the first of them */
export function failureNotice(about: FailedPeriod, failing: readonly Failing[]): Notice {
  const { language, failed, reached, note } = about
  const words = ownerWords[language]
  const named = [nameOf(about), rangeOf(about)] as const
  const unnamed = failed - failing.length
  const opening =
    failed === 0
      ? words.givenUp(...named, note ?? '')
      : reached === 0
        ? words.reachedNobody(...named, failed)
        : words.missedSome(...named, failed, failed + reached)
  const lines = failing.map(({ recipient, state, error }) => `${recipient}: ${words.states[state]}${error ? ` (${error})` : ''}`)
  return {
    language,
    subject: words.failedSubject(oneLine(about.name), rangeOf(about)),
    body: [
      opening,
      ...(lines.length > 0 ? [[...lines, ...(unnamed > 0 ? [words.more(unnamed)] : [])]] : []),
      ...(failing.some(({ state }) => state === 'uncertain') ? [words.uncertain] : []),
      failed === 0 ? words.runAgain(command('run', about)) : words.sendAgain(...waysToSeeIt(about)),
      words.once,
    ],
  }
}

/** That a digest has paused itself. */
export function pauseNotice(about: FailedPeriod, reason: string): Notice {
  const words = ownerWords[about.language]
  return {
    language: about.language,
    subject: words.pausedSubject(oneLine(about.name)),
    body: [
      words.paused(nameOf(about), about.nobody, rangeOf(about)),
      words.reason(reason),
      words.resume(command('resume', about)),
    ],
  }
}

/** That mail waits because nothing gets through to the mail server. */
export function standstillNotice(about: Concerned & { waiting: number; since: Instant }, reason: string): Notice {
  const { language, waiting, since, zone } = about
  const words = ownerWords[language]
  return {
    language,
    subject: words.standstillSubject(oneLine(about.name), rangeOf(about)),
    body: [
      words.standstill(nameOf(about), rangeOf(about), waiting, momentOf(since, zone, language)),
      words.reason(reason),
      words.waits,
    ],
  }
}

const command = (verb: string, { accountId, digestId }: Concerned) =>
  `tidemark digest ${verb} --account ${accountId} --digest ${digestId}`

/** Where the mails of the period are listed, and how one of them is sent again. */
const waysToSeeIt = (about: FailedPeriod): [list: string, url: string, resend: string] => [
  `${command('deliveries', about)} --slot ${about.slotId}`,
  `${config.publicUrl.replace(/\/+$/, '')}/api/v1/accounts/${about.accountId}/digests/${about.digestId}/deliveries?slot=${about.slotId}`,
  `tidemark digest resend --account ${about.accountId} --delivery <id>`,
]

/** A name within a sentence, isolated: one that is written in the other direction must not reorder what stands around it. */
const nameOf = ({ name }: Concerned) => `\u2068${oneLine(name)}\u2069`

/** Latin digits in every language, as in the digest itself. */
export const localeOf = (language: Language) => `${language === 'en' ? 'en-GB' : language}-u-nu-latn`

function rangeOf({ language, firstDate, lastDate }: Concerned): string {
  const format = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' })
  return firstDate === lastDate
    ? format.format(new Date(firstDate))
    : format.formatRange(new Date(firstDate), new Date(lastDate)).replace(/[\u2009\u202f]/g, ' ')
}

function momentOf(at: Instant, zone: string, language: Language): string {
  const options = { dateStyle: 'medium', timeStyle: 'short' } as const
  const date = new Date(at * 1000)
  try {
    return `${new Intl.DateTimeFormat(localeOf(language), { ...options, timeZone: zone }).format(date)} (${zone})`
  } catch {
    // A zone that PostgreSQL knows and this runtime does not.
    return `${new Intl.DateTimeFormat(localeOf(language), { ...options, timeZone: 'UTC' }).format(date)} (UTC)`
  }
}
