// A process that was told to end is gone, whatever does not close.
import { expect, test, vi } from 'vitest'
import { startTidemark } from '../support/processes.ts'

const ends: [how: string, code: number, says: RegExp | undefined][] = [
  ['stops', 0, undefined],
  ['holds-on', 0, /something is still open now that all is closed/],
  ['never-stops', 1, /has not closed in time and ends now/],
  ['never-starts', 1, /has not closed in time and ends now/],
]

test.concurrent.for(ends)('one that %s ends with %i', async ([how, code, says], { onTestFinished }) => {
  const child = startTidemark('postgres://nowhere/none', [how], {}, 'test/cli/last-resort-child.ts')
  onTestFinished(() => child.kill())
  await vi.waitFor(() => expect(child.output()).toContain('listening'), { timeout: 50_000, interval: 20 })
  child.terminate()
  expect(await child.ended).toBe(code)
  const [, ...told] = child.output().trim().split('\n')
  const stopped = code === 0 ? ['stopped'] : []
  expect(told).toEqual([...stopped, ...(says ? [expect.stringMatching(says)] : [])])
  if (says) expect(JSON.parse(told.at(-1)!)).toMatchObject({ open: expect.arrayContaining(['Timeout']) as unknown })
})
