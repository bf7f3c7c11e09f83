import { Option, type Command } from 'commander'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { findDigest } from '../digests/definition/digest.ts'
import {
  deliveriesOfDigest,
  deliveryStates,
  findSlot,
  slotsOf,
  slotStates,
  type DeliveryRecord,
  type DeliveryState,
  type SlotRecord,
  type SlotState,
} from '../digests/delivery/history.ts'
import { resendDelivery } from '../digests/delivery/resend.ts'
import { resolutions, resolveDelivery, type Resolution } from '../digests/delivery/resolve.ts'
import { rerunSlot } from '../digests/composing/rerun.ts'
import { releaseSlot, skipSlot, type SlotKey } from '../digests/composing/slot-decisions.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface OfAccount {
  account: number
  json?: boolean
}
interface OfDigest extends OfAccount {
  digest: number
  page: number
}
type OfSlot = OfAccount & { digest: number; slot: number }
type OfDelivery = OfAccount & { delivery: string }

/** Rows of a list; the next page has the next ones. */
const PER_PAGE = 100

/** `tidemark digest history | deliveries | resend | resolve | rerun | release | skip`: what was sent, and what is decided about it. */
export function registerDigestHistory(digest: Command): void {
  const verb = (name: string, description: string) =>
    digest.command(name).description(description).requiredOption('--account <id>', 'the account', wholeNumber)
  const page = (command: Command) => command.option('--page <n>', `which ${PER_PAGE} of them, the newest first`, wholeNumber, 1)
  const ofDigest = (command: Command) => command.requiredOption('--digest <id>', 'the digest', wholeNumber)
  const ofSlot = (command: Command) =>
    ofDigest(command).requiredOption('--slot <id>', 'the slot, as history lists it', wholeNumber)
  const ofDelivery = (command: Command) => command.requiredOption('--delivery <id>', 'the delivery, as deliveries lists it')
  const acts = (command: Command, act: (session: Session, options: never) => Promise<void>) =>
    command.action((_, given: Command) => withSession((session) => act(session, given.optsWithGlobals())))

  const slotState = new Option('--state <name>', 'only slots in this state').choices(slotStates)
  acts(page(ofDigest(verb('history', 'the periods of a digest, and what became of each')).addOption(slotState)), history)
  const state = new Option('--state <name>', 'only those in this state').choices(deliveryStates)
  const deliveriesVerb = ofDigest(verb('deliveries', 'the mails of a digest, and what became of each')).addOption(state)
  deliveriesVerb
    .option('--slot <id>', 'only those of this slot', wholeNumber)
    .option('--recipient <address>', 'only those to him')
  acts(page(deliveriesVerb), deliveries)
  acts(ofDelivery(verb('resend', 'send the same figures to the same person again')), resend)
  const outcome = new Option('--outcome <name>', 'what was found out').choices(resolutions).makeOptionMandatory()
  acts(ofDelivery(verb('resolve', 'say whether an uncertain delivery arrived')).addOption(outcome), resolve)
  acts(ofSlot(verb('rerun', 'have the figures of a period taken anew, and send them to everybody')), rerun)
  acts(ofSlot(verb('release', 'send a slot that is held or waits for data as it is')), release)
  acts(ofSlot(verb('skip', 'give a slot up that is held or waits for data')), skip)
}

async function history({ pool }: Session, options: OfDigest & { state?: SlotState }): Promise<void> {
  const { account, digest, json, state } = options
  await findDigest(pool, account, digest)
  const found = await slotsOf(pool, account, digest, { page: options.page, perPage: PER_PAGE, ...(state ? { state } : {}) })
  const rows = found.rows.map((slot) => [
    String(slot.id),
    `${slot.firstDate} to ${slot.lastDate}`,
    slot.state,
    String(slot.editions),
    counted(slot),
    slot.note ?? '',
  ])
  print(json, found, table([['slot', 'period', 'state', 'editions', 'deliveries', 'note'], ...rows]))
}

const counted = ({ deliveries: counts }: SlotRecord) =>
  Object.entries(counts)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ')

interface DeliveriesOptions extends OfDigest {
  state?: DeliveryState
  slot?: number
  recipient?: string
}

async function deliveries({ pool }: Session, options: DeliveriesOptions): Promise<void> {
  const { account, digest, json, state = null, slot = null, recipient = null, page } = options
  await findDigest(pool, account, digest)
  const filter = { state, slotId: slot, recipient }
  const found = await deliveriesOfDigest(pool, account, digest, { page, perPage: PER_PAGE, ...filter })
  const rows = found.rows.map((delivery) => [
    delivery.id,
    delivery.kind === 'notice' ? 'notice' : `${delivery.firstDate} to ${delivery.lastDate}`,
    String(delivery.edition),
    String(delivery.copy),
    delivery.recipient,
    delivery.state,
    delivery.error ?? '',
  ])
  print(json, found, table([['delivery', 'period', 'edition', 'copy', 'recipient', 'state', 'error'], ...rows]))
}

const byHand = () => byCommand(now())

async function resend({ pool }: Session, { account, delivery, json }: OfDelivery): Promise<void> {
  const again = await resendDelivery(pool, account, delivery, byHand())
  print(json, again, `Copy ${again.copy} for ${again.recipient} is queued as ${again.id}. A worker sends it within a minute.`)
}

async function resolve({ pool }: Session, options: OfDelivery & { outcome: Resolution }): Promise<void> {
  const resolved: DeliveryRecord = await resolveDelivery(pool, options.account, options.delivery, options.outcome, byHand())
  print(options.json, resolved, `The delivery to ${resolved.recipient} counts as ${resolved.state} now.`)
}

async function rerun({ pool }: Session, { account, digest, slot, json }: OfSlot): Promise<void> {
  const { firstDate, lastDate } = await findSlot(pool, account, digest, slot)
  const edition = await rerunSlot(pool, account, slot, byHand())
  const text = `Edition ${edition} of the period from ${firstDate} to ${lastDate} is made and sent by a worker within a minute.`
  print(json, { slot, edition }, text)
}

async function release({ pool }: Session, options: OfSlot): Promise<void> {
  const slot = await releaseSlot(pool, keyOf(options), byHand())
  print(options.json, slot, `Released. A worker sends the period from ${slot.firstDate} to ${slot.lastDate} within a minute.`)
}

async function skip({ pool }: Session, options: OfSlot): Promise<void> {
  const slot = await skipSlot(pool, keyOf(options), byHand())
  print(options.json, slot, `Skipped: nobody is sent the period from ${slot.firstDate} to ${slot.lastDate}.`)
}

const keyOf = ({ account, digest, slot }: OfSlot): SlotKey => ({ accountId: account, digestId: digest, slotId: slot })
