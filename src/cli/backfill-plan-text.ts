import { bucketStates, type StateCounts } from '../rollups/freshness/ledger.ts'
import type { PlanJson } from '../rollups/backfill/plan-json.ts'
import { rangeText } from './backfill-text.ts'
import { inWords } from '../time/duration-text.ts'

type Diff = NonNullable<PlanJson['diff']>

/** Digests and stretches that a plan names; `--json` has more. */
const NAMED = 5

/**
 * A plan in lines: what is rolled and why, what that takes, what it meets, what would change, and the command that starts it.
 * @param reason what is to be said for it; else it is left to be filled in
 */
export function planText(plan: PlanJson, reason = '…'): string {
  const { account_id, timezone, mode, order, stretch, states, roll, diff } = plan
  return [
    `Plan for account ${account_id}: ${rangeText(plan)} (${timezone}), ${mode}, ${order} first`,
    `  ${stretch.first_day} to ${stretch.last_day}`,
    `  days: ${countsText(states.days)}`,
    `  hours: ${countsText(states.hours)}`,
    `  to roll: ${roll.days} days, ${roll.hours} hours${stretchesText(roll)}`,
    ...purgedLines(plan),
    `  raw rows to read: ${rowsText(plan.raw_rows)}`,
    `  rows to write: ${writesText(plan.writes)}`,
    `  time: ${estimateText(plan.estimate)}`,
    ...digestLines(plan.sent_digests),
    ...(plan.under_way
      ? [`  backfill ${plan.under_way.id} of the account is ${plan.under_way.state}: wait for it, or cancel it`]
      : []),
    ...(diff ? diffLines(diff) : []),
    `  plan: ${plan.plan}`,
    ...(plan.purged?.refusal
      ? ['Nothing is written.']
      : ['Nothing is written. Start it within a day with:', startCommand(plan, reason)]),
  ].join('\n')
}

/** The command that starts just this plan, for a shell: a plan says what it is for and is held against what is asked. */
function startCommand(plan: PlanJson, reason: string): string {
  const { account_id, since, until, mode, order, max_hours_per_minute: limit, window, concurrency } = plan
  const options = [
    ['--account', String(account_id)],
    since === null ? [] : ['--since', since],
    until === null ? [] : ['--until', until],
    ['--mode', mode],
    ['--order', order],
    limit === null ? [] : ['--max-hours-per-minute', String(limit)],
    window === null ? [] : ['--window', `${window.from}-${window.until}`],
    concurrency === null ? [] : ['--concurrency', String(concurrency)],
    plan.verify ? [] : ['--no-verify'],
    plan.allow_erase ? ['--allow-erase'] : [],
    ['--plan', plan.plan],
    ['--reason', reason],
    ['--yes'],
  ]
  return ['tidemark', 'backfill', 'start', ...options.flat()].map(quoted).join(' ')
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const words: Partial<Record<keyof StateCounts, string>> = { outdated: 'stale definition' }
const countsText = (counts: StateCounts) =>
  bucketStates
    .filter((state) => counts[state] > 0)
    .map((state) => `${words[state] ?? state} ${counts[state]}`)
    .join(' · ') || 'none'

function stretchesText({ stretches, more }: PlanJson['roll']): string {
  if (stretches.length === 0) return ''
  const named = stretches
    .slice(0, NAMED)
    .map(({ first_day, last_day }) => (first_day === last_day ? first_day : `${first_day} to ${last_day}`))
  return `: ${named.join(', ')}${more || stretches.length > NAMED ? ', …' : ''}`
}

function purgedLines({ purged }: PlanJson): string[] {
  if (!purged) return []
  const what = purged.erased ? 'rolling them ERASES what is known of them' : 'left out'
  const gone = `  raw rows are gone of ${purged.days} days, ${purged.first_day} to ${purged.last_day}: ${what}`
  return [gone, ...(purged.refusal === null ? [] : [`  it cannot be started like this. ${purged.refusal}`])]
}

function rowsText({ more, total, ...rows }: PlanJson['raw_rows']): string {
  const number = (count: number) => count.toLocaleString('en')
  const text = Object.entries(rows).map(([source, count]) => `${number(count)} ${source.replaceAll('_', ' ')}`)
  return `${more ? 'at least ' : ''}${number(total)} (${text.join(', ')})`
}

const writesText = ({ rows, by }: PlanJson['writes']) =>
  rows === null ? 'unknown' : by === 'nothing' ? 'none' : `about ${rows.toLocaleString('en')}, by ${by}`

function estimateText({ seconds, by }: PlanJson['estimate']): string {
  if (!seconds) return 'unknown'
  const [from, until] = [inWords(seconds.from), inWords(seconds.until)]
  return `${from === until ? from : `${from} to ${until}`}${by === 'nothing' ? '' : `, by ${by}`}`
}

function digestLines({ total, sent }: PlanJson['sent_digests']): string[] {
  const named = sent
    .slice(0, NAMED)
    .map(({ digest_id, name, first_date, last_date }) => `    digest ${digest_id} (${name}), ${first_date} to ${last_date}`)
  return [`  sent digests of periods that it covers: ${total}`, ...named, ...(total > NAMED ? ['    …'] : [])]
}

/** Metrics that change, and in one line those that do not. */
function diffLines({ days, metrics, tables, failing }: Diff): string[] {
  const changing = metrics.filter((one) => one.rows.changed > 0)
  const rows = tables.reduce((sum, { changed, added, removed }) => sum + changed + added + removed, 0)
  return [
    `  value diff (${days.compared} of ${days.of} days${days.compared + failing.length < days.sampled ? ', the time was over' : ''}): ${rows} stored rows differ`,
    ...changing.map(
      (one) => `    ${one.metric}: changes on ${daysText(one.days.changed)}, ${valueText(one.before)} → ${valueText(one.after)}`,
    ),
    `    unchanged: ${metrics.length - changing.length} metrics`,
    ...failing.map(({ day, error }) => `    ${day} cannot be rolled as a whole: ${error}`),
  ]
}

const daysText = (days: number) => (days === 1 ? '1 day' : `${days} days`)
const valueText = (value: number | null) => (value === null ? '-' : String(Math.round(value * 100) / 100))
