import { Option, type Command } from 'commander'
import { config } from '../config.ts'
import { maybeOne, one, type Queryable } from '../db.ts'
import { demoDesk, demoSizes, type DemoSize, type DeskShape } from '../demo/desk.ts'
import { DEMO } from '../demo/load.ts'
import { Refusal } from '../errors.ts'
import { invitation, prepareDesks } from './demo-desk.ts'
import { print } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  size: DemoSize
  seed: number
  yes?: boolean
  json?: boolean
}

/** `tidemark seed demo`: the demo desks in the configured database, for processes that run already. */
export function registerSeed(program: Command): void {
  program
    .command('seed')
    .description('fill a database with made-up data')
    .command('demo')
    .description('demo desks, rolled, with a weekly digest that is sent at once; deletes nothing')
    .addOption(
      new Option('--size <name>', 'small: two desks; large: one with a million conversations')
        .choices(demoSizes)
        .default(DEMO.size),
    )
    .option('--seed <number>', 'another number, other desks', wholeNumber, DEMO.seed)
    .option('--yes', 'really')
    .action((_, command: Command) => withSession((session) => seedDemo(session, command.optsWithGlobals<Options>())))
}

const ADDED: Record<DemoSize, string> = {
  small: 'two demo desks',
  large: 'a demo desk of 120 agents and a million conversations',
}

async function seedDemo({ pool, url }: Session, { size, seed, yes, json }: Options): Promise<void> {
  if (config.production) throw new Refusal('production', 'The demo makes up data; it does not run with NODE_ENV=production.')
  const name = await requireRoom(pool, size)
  if (!yes) {
    const plan = `This adds ${ADDED[size]} with thirteen months of history to the database ${name} and mails last week's digest to manager@example.com. It deletes nothing. Confirm with --yes.`
    throw new Refusal('unconfirmed', plan)
  }
  const desks = await prepareDesks(url, { size, seed })
  const mailed = config.smtpUrl === undefined ? 'written into DATA_DIR/outbox' : `sent to ${new URL(config.smtpUrl).hostname}`
  const accounts = desks.map(({ id, name, token, zone }) => ({ id, name, token, zone: zone.name }))
  print(json, { accounts }, invitation(config.publicUrl, desks, `Last week's digests were ${mailed}.`).trim())
}

/**
 * The name of the database.
 * @throws Refusal where it holds somebody's data: a Chatwoot's, or accounts that are not those of the demo of this size
 */
async function requireRoom(db: Queryable, size: DemoSize): Promise<string> {
  const found = await one<{ name: string; raw: boolean; ours: boolean }>(
    db,
    `select current_database() as name, to_regclass('public.accounts') is not null as raw,
       to_regclass('tidemark.raw_migrations') is not null as ours`,
  )
  if (!found.raw) return found.name
  const real = 'There is real data here: the demo is only for a database of its own.'
  if (!found.ours) throw new Refusal('attached', real, { status: 409, exitCode: 4 })
  const strangerTo = (of: readonly DemoSize[]) =>
    maybeOne(db, `select 1 from accounts where name <> all ($1) limit 1`, [of.flatMap((each) => demoDesk(each).map(nameOf))])
  if (await strangerTo([size])) {
    const other = 'There are demo desks of another size here: give an empty database.'
    throw new Refusal('accounts', (await strangerTo(demoSizes)) ? real : other, { status: 409, exitCode: 4 })
  }
  return found.name
}

const nameOf = ({ name }: DeskShape): string => name
