import fc from 'fast-check'

type Pick = (good: unknown[], bad?: unknown[]) => fc.Arbitrary<unknown>

const tame: Pick = (good) => fc.constantFrom(...good)
/** Mostly what fits, sometimes what nearly does, now and then anything. */
const wild: Pick = (good, bad = []) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...good) },
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...bad, null, '') },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(0, -1, 1e300, [], {}, true, '\0', 'x'.repeat(3000)) },
    { weight: 1, arbitrary: fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.jsonValue()) },
  )
const parts = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] })

function hoursOf(pick: Pick): fc.Arbitrary<unknown> {
  const [from, until] = [pick(['06:00', '09:00', '13:00'], ['9:00', '24:00']), pick(['12:00', '24:00'], ['25:00', '08:00'])]
  const stretches = fc.array(fc.record({ from, until }), { minLength: 1, maxLength: pick === tame ? 1 : 5 })
  const day = fc.oneof(pick(['closed', 'all_day'], ['open']), stretches)
  const names = ['monday', 'tuesday', 'sunday', ...(pick === tame ? [] : ['noday'])]
  return fc.oneof(pick([null]), parts(Object.fromEntries(names.map((name) => [name, day]))))
}

const dates = ['2026-05-01', '2026-12-25', '2027-01-01', '2024-02-29', '1970-01-01', '2099-12-31']

const settingsWith = (pick: Pick): fc.Arbitrary<unknown> =>
  parts({
    zone: pick(['Europe/Berlin', 'asia/kolkata', 'UTC', 'Australia/Lord_Howe'], ['EST', 'posixrules', 'Mars', '../x']),
    first_weekday: pick([0, 1, 5, 6], [7, 1.5, 'monday']),
    working_hours: hoursOf(pick),
    holidays: fc.uniqueArray(
      fc.record({ date: pick(dates, ['2025-02-29', '2026-5-1']), name: pick(['Día', '🎄', "O'Hara"], ['a\nb', '\ud83c']) }),
      { maxLength: 4, selector: ({ date }) => (pick === tame ? date : {}) },
    ),
    retention: parts({
      raw: pick([32, 400, null]),
      hourly: pick([400, 800, null], [31]),
      daily: pick([800, null], [366]),
      snapshots: pick([400, null]),
      files: pick([7, 400, null], [0]),
      logs: pick([30, 36_500], [29]),
    }),
    branding: parts({
      name: pick(['Acme', '=1+1', '<b>', 'x"y']),
      accent: pick(['#0d6470', '#000000', '#8A1C4A', null], ['red', '#FFFFFF']),
      logo: pick(
        ['https://example.com/l.png', 'https://EXAMPLE.com', null],
        ['http://example.com', 'https://[::1]/', 'https://'],
      ),
      footer: pick(['Acme Ltd', '</table>', null]),
    }),
    reason: pick(['because', undefined], ['a\tb']),
  })

/** Settings as somebody might send them: some good, most nearly so, some absurd. */
export const wildSettings: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: settingsWith(tame) },
  { weight: 5, arbitrary: settingsWith(wild) },
  { weight: 1, arbitrary: fc.jsonValue().filter((value) => typeof value === 'object' && value !== null) },
)
