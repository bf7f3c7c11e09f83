import type { Cadence, MonthDay } from '../schedule/cadence.ts'

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** A cadence in English: `every Monday and Thursday at 08:00`. */
export function sayCadence(cadence: Cadence): string {
  if (cadence.every === 'cron') return `cron ${cadence.expression}`
  if (cadence.every === 'day') return `every day at ${cadence.time}`
  if (cadence.every === 'month') return `${sayMonthDay(cadence.on)} of the month at ${cadence.time}`
  const days = [...new Set(cadence.weekdays)].sort((a, b) => a - b).map((day) => weekdays[day])
  return `every ${new Intl.ListFormat('en').format(days)} at ${cadence.time}`
}

function sayMonthDay(on: MonthDay): string {
  if (on === 'last') return 'the last day'
  if (typeof on === 'number') return `day ${on}`
  return `the ${on.nth} ${on.weekday === 'working' ? 'working day' : weekdays[on.weekday]}`
}
