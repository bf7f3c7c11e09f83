import type { FigureWords } from './figure-words.ts'

/** Keeps a sign on its side of the number, where right-to-left text would put it on the other. */
const LEFT_TO_RIGHT_MARK = '\u200e'
const unit = (text: string) => `\u00a0${text}`
const weekdays = ['الأحد', 'الاثنين', 'الثلاثاء', 'الأربعاء', 'الخميس', 'الجمعة', 'السبت']
const months = 'يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر'.split(' ')

const rates = { day: 'يوميًا', businessDay: 'لكل يوم عمل' }

/**
 * Digits are 0 to 9, as in the Maghreb, the Emirates and every spreadsheet program's default: a figure of the mail can be
 * found again in the workbook and copied into a cell, and the pictures' font has them.
 */
export const figures: FigureWords = {
  numbers: {
    group: ',',
    decimal: '.',
    plus: `${LEFT_TO_RIGHT_MARK}+`,
    minus: `${LEFT_TO_RIGHT_MARK}-`,
    above: `${LEFT_TO_RIGHT_MARK}>`,
    below: `${LEFT_TO_RIGHT_MARK}<`,
    // After an Arabic letter the sign would change sides.
    percent: (number) => `${LEFT_TO_RIGHT_MARK}${number}%${LEFT_TO_RIGHT_MARK}`,
    units: { s: unit('ث'), m: unit('د'), h: unit('س'), d: unit('ي') },
    bytes: { kb: 'كيلوبايت', mb: 'ميغابايت' },
  },
  dates: {
    weekdays,
    // Arabic does not shorten them.
    weekdaysShort: weekdays,
    months,
    monthsShort: months,
    day: String,
    dayMonth: (day, month) => `${day} ${month}`,
    withWeekday: (weekday, date) => `${weekday} ${date}`,
    withYear: (date, year) => `${date} ${year}`,
    range: (first, last) => `${first} – ${last}`,
  },
  delta: {
    moved: (unit, up, percent, per) => {
      const word = unit === 'count' ? (up ? 'أكثر' : 'أقل') : up ? 'أبطأ' : 'أسرع'
      return [word, percent && `بـ ${percent}`, per && rates[per]].filter(Boolean).join(' ')
    },
    points: (difference) => `${difference} نقطة مئوية`,
    noChange: 'بلا تغيير',
    noChangePer: { day: 'بلا تغيير يوميًا', businessDay: 'بلا تغيير لكل يوم عمل' },
    noData: 'لا بيانات',
    noPreviousData: 'لا بيانات سابقة',
    tooFew: 'أقل من أن يُقارن',
    previousIncomplete: 'فترة المقارنة غير مكتملة',
    soFar: 'حتى الآن',
    gone: 'لم يعد موجودًا',
    nothing: '–',
    newSince: (date) => `جديد منذ ${date}`,
    newWas: (was) => `جديد (كان ${was})`,
    was: (value) => `كان ${value}`,
  },
}
