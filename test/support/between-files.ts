import { afterAll, vi } from 'vitest'

// Files share a process: the clock that one has set, or what it listens to, is not the next one's.
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
