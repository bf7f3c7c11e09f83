// Rolls whatever backfills are under way, one after the other, as a worker does, in a process of its own that a test can kill
// anywhere. The sequence `attempted` counts the hours that it sets out to roll: a kill does not take that back.
import { many, openPool, type Client, type Pool } from '../../src/db.ts'
import { activeBackfills } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'

const plain = openPool(process.env.DATABASE_URL ?? '')
const counting = openPool(process.env.DATABASE_URL ?? '', { max: 1 })

const rollsHours = (text: string, values: unknown[]) =>
  text.includes('insert into tidemark.rollup_hourly') && Array.isArray(values[1])

function counted(client: Client): Client {
  const query = async (text: string, values: unknown[] = []) => {
    if (rollsHours(text, values)) {
      await many(counting, `select nextval('attempted') from generate_series(1, $1::int)`, [(values[1] as unknown[]).length])
    }
    return client.query(text, values)
  }
  return wrap(client, { query })
}

const wrap = <T extends object>(target: T, special: Record<string, unknown>): T =>
  new Proxy(target, {
    get(_, key) {
      const value: unknown = special[key as string] ?? Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

const pool: Pool = wrap(plain, { connect: async () => counted(await plain.connect()) })

for (;;) {
  const [next] = await activeBackfills(pool)
  if (!next) break
  await runBackfill(pool, next.accountId, next.id)
}
await Promise.all([plain.end(), counting.end()])
