import type { FigureWords } from './figure-words.ts'

const rates = { day: 'per day', businessDay: 'per business day' }

export const figures: FigureWords = {
  numbers: {
    group: ',',
    decimal: '.',
    plus: '+',
    minus: '-',
    above: '>',
    below: '<',
    percent: (number) => `${number}%`,
    units: { s: 's', m: 'm', h: 'h', d: 'd' },
    bytes: { kb: 'KB', mb: 'MB' },
  },
  dates: {
    weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
    weekdaysShort: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
    months: 'January February March April May June July August September October November December'.split(' '),
    monthsShort: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '),
    day: String,
    dayMonth: (day, month) => `${day} ${month}`,
    withWeekday: (weekday, date) => `${weekday} ${date}`,
    withYear: (date, year) => `${date} ${year}`,
    range: (first, last) => `${first} – ${last}`,
  },
  delta: {
    moved: (unit, up, percent, per) => {
      const word = unit === 'count' ? (up ? 'more' : 'fewer') : up ? 'slower' : 'faster'
      return [percent, word, per && rates[per]].filter(Boolean).join(' ')
    },
    points: (difference) => `${difference} points`,
    noChange: 'no change',
    noChangePer: { day: 'no change per day', businessDay: 'no change per business day' },
    noData: 'no data',
    noPreviousData: 'no previous data',
    tooFew: 'too few to compare',
    previousIncomplete: 'previous period incomplete',
    soFar: 'so far',
    gone: 'no longer here',
    nothing: '–',
    newSince: (date) => `new since ${date}`,
    newWas: (was) => `new (was ${was})`,
    was: (value) => `was ${value}`,
  },
}
