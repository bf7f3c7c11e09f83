import type { FigureWords } from './figure-words.ts'

/** A unit stays with its number. */
const unit = (text: string) => `\u00a0${text}`

const rates = { day: 'pro Tag', businessDay: 'pro Arbeitstag' }

export const figures: FigureWords = {
  numbers: {
    group: '.',
    decimal: ',',
    plus: '+',
    minus: '-',
    above: '>',
    below: '<',
    percent: (number) => number + unit('%'),
    units: { s: unit('s'), m: unit('min'), h: unit('h'), d: unit('d') },
    bytes: { kb: 'KB', mb: 'MB' },
  },
  dates: {
    weekdays: ['Sonntag', 'Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag'],
    weekdaysShort: ['So', 'Mo', 'Di', 'Mi', 'Do', 'Fr', 'Sa'],
    months: 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' '),
    monthsShort: 'Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.'.split(' '),
    day: (day) => `${day}.`,
    dayMonth: (day, month) => `${day}. ${month}`,
    withWeekday: (weekday, date) => `${weekday} ${date}`,
    withYear: (date, year) => `${date} ${year}`,
    range: (first, last) => `${first} – ${last}`,
  },
  delta: {
    moved: (unit, up, percent, per) => {
      const word = unit === 'count' ? (up ? 'mehr' : 'weniger') : up ? 'langsamer' : 'schneller'
      return [percent, word, per && rates[per]].filter(Boolean).join(' ')
    },
    points: (difference) => `${difference} Punkte`,
    noChange: 'unverändert',
    noChangePer: { day: 'pro Tag unverändert', businessDay: 'pro Arbeitstag unverändert' },
    noData: 'keine Daten',
    noPreviousData: 'vorher keine Daten',
    tooFew: 'zu wenige für einen Vergleich',
    previousIncomplete: 'Vergleichszeitraum unvollständig',
    soFar: 'bisher',
    gone: 'nicht mehr da',
    nothing: '–',
    newSince: (date) => `neu seit ${date}`,
    newWas: (was) => `neu (vorher ${was})`,
    was: (value) => `vorher ${value}`,
  },
}
