import { InvalidArgumentError } from 'commander'

/** Parses a positive whole number, such as an id. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1 || number > 2 ** 31 - 1)
    throw new InvalidArgumentError('Give a whole number from 1 on.')
  return number
}

/** Parses a number of days, or `all` of them. */
export const daysOrAll = (text: string): number | 'all' => (text === 'all' ? 'all' : wholeNumber(text))
