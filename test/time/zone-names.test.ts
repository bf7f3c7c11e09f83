// A zone has one name, the server's: it is stored, and compared with what the settings name.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, transaction } from '../../src/db.ts'
import { Refusal } from '../../src/errors.ts'
import { rulesOf } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

test('however it is spelled, a zone has the server’s name and the same rules', async () => {
  const zones = []
  for (const name of ['europe/berlin', 'EUROPE/BERLIN', 'Europe/Berlin']) zones.push(await zoneNamed(database.pool, name))
  expect(zones.map((zone) => zone.name)).toEqual(['Europe/Berlin', 'Europe/Berlin', 'Europe/Berlin'])
  expect(new Set(zones.map(rulesOf)).size).toBe(1)
})

test('a zone that is not known is refused, and the transaction that asked goes on', async () => {
  await transaction(database.pool, async (tx) => {
    for (const name of ['US/Pacific-New', 'Mars/Olympus', 'ABC3', '', '../etc/passwd', 'x'.repeat(1000)]) {
      await expect(zoneNamed(tx, name)).rejects.toBeInstanceOf(Refusal)
    }
    expect(await one(tx, 'select 1 as alive')).toEqual({ alive: 1 })
  })
})
