import { describe, expect, test } from 'vitest'
import { asChatwootHours } from '../../src/reports/repeated-hour.ts'
import { hourStarts, type Zone } from '../../src/time/zone.ts'

// Clocks of New York went from -4 to -5 hours at 2026-11-01T06:00Z: 01:00 to 02:00 came twice, from 05:00Z and from 06:00Z.
const change = Date.UTC(2026, 10, 1, 6) / 1000
const zone: Zone = { name: 'America/New_York', starts: [-Infinity, change], offsets: [-4 * 3600, -5 * 3600] }
const cut = (since: number, until: number) => asChatwootHours(zone, hourStarts(zone, since, until))

describe('the hour that comes twice, as Chatwoot shows it', () => {
  test('the first pass is empty and the second has the rows of both', () => {
    const hour = 3600
    expect(cut(change - 2 * hour, change + 2 * hour)).toEqual({
      bounds: [change - 2 * hour, change - hour, change + hour, change + 2 * hour],
      pieces: [0, undefined, 1, 2],
    })
  })

  test('a range that starts with the first pass, or ends with it', () => {
    expect(cut(change - 3600, change + 3600)).toEqual({ bounds: [change - 3600, change + 3600], pieces: [undefined, 0] })
    expect(cut(change - 3600, change)).toEqual({ bounds: [change - 3600, change], pieces: [0] })
  })

  test('other hours are as they are', () => {
    expect(cut(change - 7200, change - 3600).pieces).toEqual([0])
    expect(cut(change, change + 7200).pieces).toEqual([0, 1])
  })
})
