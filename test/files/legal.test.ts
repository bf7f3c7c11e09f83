import fc from 'fast-check'
import { expect, test } from 'vitest'
import { legalText, sheetNamer } from '../../src/files/legal.ts'

test('text of up to 32,767 characters is whole; longer text says how much of it there is', () => {
  const most = 'x'.repeat(32_767)
  expect(legalText(most)).toBe(most)
  expect(legalText('x'.repeat(32_768))).toBe(`${'x'.repeat(32_727)}… [32727/32768]`)
  expect(legalText('x'.repeat(10_000_000)).length).toBeLessThanOrEqual(32_767)
})

test('a cut never goes through a character', () => {
  const cut = legalText(`x${'👍'.repeat(20_000)}`)
  expect(cut).toBe(`x${'👍'.repeat(16_363)}… [32727/40001]`)
  const other = legalText('👍'.repeat(20_000))
  expect(other).toBe(`${'👍'.repeat(16_363)}… [32726/40000]`)
})

test('what XML cannot say is replaced, visibly; line ends are one kind; what looks like an escape stays what it is', () => {
  expect(legalText('a\0b\u0007c\u007fd\ufffee\uffff\ud800')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\ufffd\ufffd')
  expect(legalText('a\r\nb\rc\nd\te')).toBe('a\nb\nc\nd\te')
  expect(legalText('_x000D_ _x41_ __x0041_')).toBe('_x005F_x000D_ _x41_ __x005F_x0041_')
  expect(legalText('日本 👩‍👩‍👧 مرحبا')).toBe('日本 👩‍👩‍👧 مرحبا')
})

test('names of sheets are legal, whatever is wanted', () => {
  const nameOf = sheetNamer()
  expect(nameOf('Daily')).toBe('Daily')
  expect(nameOf('Daily', 2)).toBe('Daily (2)')
  expect(nameOf('DAILY')).toBe('DAILY (3)')
  expect(nameOf('a/b\\c?d*e[f]g:h')).toBe('a b c d e f g h')
  expect(nameOf("'quoted'")).toBe('quoted')
  expect(nameOf('')).toBe('Sheet')
  expect(nameOf('History')).toBe('History (2)')
  expect(nameOf('x'.repeat(40))).toBe('x'.repeat(31))
  expect(nameOf('x'.repeat(40))).toBe(`${'x'.repeat(27)} (2)`)
})

test('random names of sheets are legal and distinct', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 30 }), (wanted) => {
      const nameOf = sheetNamer()
      const names = wanted.map((name) => nameOf(name))
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
      expect(names.filter((name) => name.length > 31 || !/^[^[\]:*?/\\'\p{Cc}\p{Cs}]+$/u.test(name))).toEqual([])
    }),
    { numRuns: 500 },
  )
})
