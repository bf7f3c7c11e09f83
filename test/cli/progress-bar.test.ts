// What a bar writes: on a terminal one line that ends once, elsewhere a line each tenth.
import { afterEach, expect, test, vi } from 'vitest'
import { progressBar, remark } from '../../src/cli/print.ts'

const { isTTY } = process.stderr
afterEach(() => {
  vi.restoreAllMocks()
  process.stderr.isTTY = isTTY
})

function written(terminal: boolean, show: () => void): string {
  process.stderr.isTTY = terminal
  const text: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => text.push(String(chunk)) > 0)
  show()
  return text.join('')
}

test('on a terminal its line ends once, whatever comes after it is full, and remarks stand above it', () => {
  const text = written(true, () => {
    const bar = progressBar('Backfill')
    bar(1, 2)
    remark('an hour failed')
    for (let chunk = 0; chunk < 4; chunk++) bar(2, 2, `chunk ${chunk}`)
  })
  expect(text.split('\n')).toHaveLength(3)
  expect(text).toContain('\r\x1b[Kan hour failed\n')
  expect(text.endsWith(`\rBackfill [${'#'.repeat(30)}] 100 % chunk 0\x1b[K\n`)).toBe(true)
})

test('where several get on at once there are lines on a terminal, too', () => {
  const text = written(true, () => {
    const bars = [1, 2].map((account) => progressBar(`Backfill of account ${account}`, true))
    for (const bar of bars) bar(1, 2)
  })
  expect(text).toBe('Backfill of account 1 50 % \nBackfill of account 2 50 % \n')
})

test('elsewhere there is a line each tenth', () => {
  const text = written(false, () => {
    const bar = progressBar('Backfill')
    for (let done = 0; done <= 100; done++) bar(done, 100)
  })
  expect(text.trimEnd().split('\n')).toHaveLength(11)
})
