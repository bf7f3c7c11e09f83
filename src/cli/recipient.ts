import type { Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { foundJson, policyJson, removedJson, suppressionJson } from '../digests/audience/consent-json.ts'
import { findPerson } from '../digests/audience/find-person.ts'
import type { Asked } from '../digests/audience/person.ts'
import { policyOf, recipientPolicy, setPolicy } from '../digests/audience/policy.ts'
import { removePerson } from '../digests/audience/remove-person.ts'
import { ALL_DIGESTS, suppressionsOf } from '../digests/audience/suppressions.ts'
import { putBack, takeOff, warningOf } from '../digests/audience/take-off.ts'
import { line } from '../digests/definition/definition.ts'
import { readBy } from '../digests/definition/what-is-wrong.ts'
import { print } from './print.ts'
import { foundText, policyText, removedText, suppressionsText } from './recipient-text.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account: number
  json?: boolean
}
interface Who extends Options {
  email?: string
  user?: number
}

/** `tidemark recipient …`: one person in all digests, and to whom an account lets them be sent. */
export function registerRecipient(program: Command): void {
  const recipient = program.command('recipient').description('people who are sent digests: find, take off, allow')
  const verb = (name: string, description: string) =>
    recipient.command(name).description(description).requiredOption('--account <id>', 'the account', wholeNumber)
  const onPerson = (name: string, description: string) =>
    verb(name, description).option('--email <address>', 'who').option('--user <id>', 'who, as a user of the account', wholeNumber)

  onPerson('find', 'every digest, group, suppression, mail and link of a person').action(doing(find))
  onPerson('remove', 'take a person off everywhere at once; he stays off, also where he is added again')
    .option('--no-suppress', 'whoever adds him again sends to him again')
    .action(doing(remove))
  verb('suppressions', 'who is sent no more of a digest, or of any').option('--page <n>', 'a hundred each', wholeNumber, 1).action(doing(list)) // prettier-ignore
  onPerson('suppress', 'send a person no more of a digest, or of any; he stays on its lists')
    .option('--digest <id>', 'only this one', wholeNumber)
    .action(doing(suppress))
  onPerson('unsuppress', 'lift that again; says when it was the person’s own wish')
    .option('--digest <id>', 'of this one; without: of all', wholeNumber)
    .action(doing(unsuppress))
  verb('policy', 'to whom digests may be sent; with options: change it')
    .option('--external <yes|no>', 'whether people who are no users of the account may be recipients')
    .option('--domains <names...>', 'where mail may go: example.com, *.example.com; "any" for anywhere')
    .option('--most <n>', 'how many different people all digests and groups may have', wholeNumber)
    .option('--reason <text>', 'why it is changed, for those who read the audit log')
    .action(doing(policy))
}

/** What a verb does with the options of its command. */
const doing = (work: (session: Session, options: never) => Promise<void>) => (_: unknown, command: Command) =>
  withSession(async (session) => {
    const options = command.optsWithGlobals<Options>()
    await requireAccount(session.pool, options.account)
    await work(session, options as never)
  })

const whoOf = ({ email, user }: Who): Asked => ({ address: email, userId: user })
const change = () => byCommand(now())

async function find({ pool }: Session, options: Who): Promise<void> {
  const found = foundJson(await findPerson(pool, options.account, whoOf(options), now()))
  print(options.json, found, foundText(found))
}

async function remove({ pool }: Session, options: Who & { suppress: boolean }): Promise<void> {
  const removed = await removePerson(pool, options.account, whoOf(options), change(), { suppress: options.suppress })
  print(options.json, removedJson(removed), removedText(removed))
}

async function list({ pool }: Session, { account, page, json }: Options & { page: number }): Promise<void> {
  const { suppressions, count } = await suppressionsOf(pool, account, { page, perPage: 100 })
  const shown = suppressions.map(suppressionJson)
  print(json, { total_count: count, page, suppressions: shown }, suppressionsText(shown, count))
}

async function suppress({ pool }: Session, options: Who & { digest?: number }): Promise<void> {
  const off = { ...whoOf(options), digestId: options.digest ?? ALL_DIGESTS }
  const shown = (await takeOff(pool, options.account, off, change())).map(suppressionJson)
  print(options.json, { suppressions: shown }, suppressionsText(shown, shown.length))
}

async function unsuppress({ pool }: Session, options: Who & { digest?: number }): Promise<void> {
  const off = { ...whoOf(options), digestId: options.digest ?? ALL_DIGESTS }
  const lifted = await putBack(pool, options.account, off, change())
  const warning = warningOf(lifted)
  if (warning) process.stderr.write(`${warning}\n`)
  const shown = lifted.map(suppressionJson)
  print(options.json, { lifted: shown, warning }, `Lifted:\n${suppressionsText(shown, shown.length)}`)
}

type PolicyOptions = Options & { external?: string; domains?: string[]; most?: number; reason?: string }

async function policy({ pool }: Session, { account, external, domains, most, reason, json }: PolicyOptions): Promise<void> {
  if (external !== undefined || domains !== undefined || most !== undefined) {
    const before = await policyOf(pool, account)
    const wanted = {
      external: external === undefined ? before.external : yesOrNo(external),
      domains: domains === undefined ? before.domains : domains.filter((name) => name !== 'any'),
      mostRecipients: most ?? before.mostRecipients,
    }
    const why = readBy(line(500), reason, '--reason')
    await setPolicy(pool, account, readBy(recipientPolicy, wanted, 'The policy'), { ...change(), reason: why })
  }
  const shown = await policyJson(pool, account)
  print(json, shown, policyText(shown))
}

const yesOrNo = (text: string) => ({ yes: true, no: false })[text] ?? text
