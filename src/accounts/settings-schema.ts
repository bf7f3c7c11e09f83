import { z } from 'zod'
import { contrastOf, READABLE } from '../contrast.ts'
import { date, fields, line, weekday } from '../digests/definition/definition.ts'
import { readBy } from '../digests/definition/what-is-wrong.ts'
import { isPicture, LEAST, LONGEST, tooShort, whatIsOdd } from './settings-rules.ts'
import { weekdayNames, type Kept, type Settings } from './settings.ts'

/** Stretches that a weekday may have. */
const MOST_STRETCHES = 4
export const MOST_HOLIDAYS = 500

const words = (longest: number) => line(longest).refine((text) => !/\p{Surrogate}/u.test(text), 'must be text')

const clock = (latest: string, pattern: RegExp) => z.string().regex(pattern, `must be a time from 00:00 to ${latest}`)
const openHours = fields({
  from: clock('23:59', /^([01]\d|2[0-3]):[0-5]\d$/),
  until: clock('24:00', /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/).meta({ description: 'The first minute after; 24:00 ends the day.' }),
})
const weekdayHours = z.union(
  [z.enum(['closed', 'all_day']), z.array(openHours).min(1).max(MOST_STRETCHES)],
  `must be "closed", "all_day" or up to ${MOST_STRETCHES} stretches such as [{"from": "09:00", "until": "17:00"}]`,
)

const workingHours = fields({
  sunday: weekdayHours.default('closed'),
  monday: weekdayHours.default('closed'),
  tuesday: weekdayHours.default('closed'),
  wednesday: weekdayHours.default('closed'),
  thursday: weekdayHours.default('closed'),
  friday: weekdayHours.default('closed'),
  saturday: weekdayHours.default('closed'),
}).check(({ value, issues }) => {
  const complain = (path: string[], message: string) => issues.push({ code: 'custom', input: value, path, message })
  for (const name of weekdayNames) {
    const stretches = value[name]
    if (typeof stretches !== 'string') whatIsOdd(stretches).forEach((odd) => complain([name], odd))
  }
  if (weekdayNames.every((name) => value[name] === 'closed'))
    complain([], 'has no open day; give null where there are no working hours')
})

const holidays = z
  .array(fields({ date, name: words(80) }))
  .max(MOST_HOLIDAYS)
  .check(({ value, issues }) => {
    const twice = value.map((holiday) => holiday.date).filter((day, i, all) => all.indexOf(day) < i)
    if (twice.length > 0) {
      const named = [...new Set(twice)].slice(0, 5).join(', ')
      issues.push({ code: 'custom', input: value, path: [], message: `has ${named} more than once` })
    }
  })

const days = (kept: Kept, what: string) =>
  z.int().min(LEAST[kept]).max(LONGEST).nullable().default(null).meta({ description: what })

const retention = fields({
  raw: days('raw', 'Conversations, messages and events; standalone only, as Chatwoot’s tables are Chatwoot’s.'),
  hourly: days('hourly', 'Rollup rows by the hour.'),
  daily: days('daily', 'Rollup rows by the day; those by the month stay.'),
  snapshots: days('snapshots', 'The frozen figures of digests, and who was sent them.'),
  files: days('files', 'Mails that were written as files into the outbox.'),
  logs: days('logs', 'The audit log, and what is kept of visits, mail and backfills that are over.'),
}).check(({ value, issues }) => {
  for (const { kept, message } of tooShort(value)) issues.push({ code: 'custom', input: value, path: [kept], message })
})

const accent = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #0d6470')
  .refine((colour) => !/^#[0-9a-f]{6}$/i.test(colour) || contrastOf(colour, '#ffffff') >= READABLE, {
    error: ({ input }) =>
      `${String(input)} has a contrast of ${(Math.floor(contrastOf(String(input), '#ffffff') * 100) / 100).toFixed(2)} to white; ` +
      `text needs ${READABLE}. Give a darker colour`,
  })
const logo = z
  .string()
  .max(2000)
  .refine(isPicture, 'must be an https address such as https://example.com/logo.png, without a user or password')

const branding = fields({
  name: words(60).nullable().default(null).meta({ description: 'What the service is called in mail.', example: 'Acme Insights' }),
  accent: accent.nullable().default(null).meta({ description: 'The colour of headings, links and bars.', example: '#0d6470' }),
  logo: logo.nullable().default(null).meta({ description: 'The https address of a picture.' }),
  footer: words(200).nullable().default(null).meta({ description: 'The last line of a mail.' }),
})

const noRetention = retention.parse({})
const noBranding = branding.parse({})

/** What an account settles for itself, as it is written; what is left out, or null, has its default. */
export const wireSettings = fields({
  zone: z.string().min(1).max(64).nullable().default(null).meta({
    description:
      'IANA zone of the account’s hours and days; null: as Chatwoot’s settings have it. A change rolls the account anew.',
    example: 'Europe/Berlin',
  }),
  first_weekday: weekday
    .nullable()
    .default(null)
    .meta({ description: 'On which day weeks begin: 0 is Sunday. Null: Monday.', example: 1 }),
  working_hours: workingHours
    .nullable()
    .default(null)
    .meta({ description: 'When the account is open; a weekday that is left out is closed. Null: every day is a business day.' }),
  holidays: holidays
    .nullable()
    .default([])
    .meta({ description: `Local dates without business, at most ${MOST_HOLIDAYS}.` }),
  retention: retention.nullable().default(noRetention).meta({ description: 'For how many days what is kept; null: for ever.' }),
  branding: branding.nullable().default(noBranding).meta({ description: 'How digests look; null: as everybody’s.' }),
})
/** The same as it is told: nothing is left out. */
export type WireSettings = Omit<z.output<typeof wireSettings>, 'holidays' | 'retention' | 'branding'> &
  Pick<Settings, 'holidays' | 'retention' | 'branding'>

/** Settings from JSON, each in its one form. @throws Refusal (422) that says what to change */
export function settingsFrom(json: unknown): Settings {
  const { first_weekday, working_hours, holidays, retention, branding, zone } = readBy(wireSettings, json, 'The settings')
  const { accent, logo, ...shown } = branding ?? noBranding
  return {
    zone,
    firstWeekday: first_weekday,
    workingHours: working_hours === null ? null : inOrder(working_hours),
    holidays: (holidays ?? []).toSorted((a, b) => (a.date < b.date ? -1 : 1)),
    retention: retention ?? noRetention,
    branding: { ...shown, accent: accent?.toLowerCase() ?? null, logo: logo === null ? null : new URL(logo).href },
  }
}

function inOrder(hours: NonNullable<Settings['workingHours']>): NonNullable<Settings['workingHours']> {
  const sorted = weekdayNames.map((name) => {
    const stretches = hours[name]
    return [name, typeof stretches === 'string' ? stretches : stretches.toSorted((a, b) => (a.from < b.from ? -1 : 1))]
  })
  return Object.fromEntries(sorted) as NonNullable<Settings['workingHours']>
}

/** Settings as JSON. */
export function wireOf({ firstWeekday, workingHours, ...same }: Settings): WireSettings {
  const { zone, holidays, retention, branding } = same
  return { zone, first_weekday: firstWeekday, working_hours: workingHours, holidays, retention, branding }
}
