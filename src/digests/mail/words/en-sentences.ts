import { plurals } from './plural.ts'
import type { SentenceWords } from './sentence-words.ts'

const counted = plurals('en')
const conversations = { one: '# new conversation', other: '# new conversations' }

export const sentences: SentenceWords = {
  subject: {
    period: { daily: (day) => day, weekly: (date) => `week of ${date}`, monthly: (month) => month, other: (range) => range },
    lead: (account, period) => `${account}: ${period} – `,
    conversations: ({ n, text }) => counted(n, text, { one: '# conversation', other: '# conversations' }),
    firstResponse: (time) => `, first response ${time}`,
    quiet: {
      daily: 'no conversations this day',
      weekly: 'no conversations this week',
      monthly: 'no conversations this month',
      other: 'no conversations in this period',
    },
    test: '[TEST]',
    corrected: '[Corrected]',
    incomplete: '[Incomplete data]',
  },
  preheader: (period, previous, zone, data) => `${period}${previous ? ` vs ${previous}` : ''}, ${zone}. ${data}`,
  status: {
    complete: (until, zone) => `Data complete through ${until} (${zone}).`,
    completeShort: 'Data complete.',
    missing: (stretches, at) =>
      `Incomplete: ${stretches} not yet processed. Those hours were counted from the raw records on ${at}, and late changes may still alter them.`,
    missingMore: (n, text) => counted(n, text, { one: '# more stretch', other: '# more stretches' }),
    missingShort: 'Data incomplete.',
    provisional: (from, at) =>
      `Not fully processed yet: everything after ${from} was counted from the raw records on ${at}, and late changes may still alter it.`,
    provisionalShort: 'Data not fully processed yet.',
    running: (at) => `This period is still running: figures up to ${at}.`,
    runningShort: 'Period still running.',
  },
  quiet: {
    nothing: 'No conversations, messages or resolutions were recorded.',
    last: (at) => `Last event: ${at}.`,
    never: 'Nothing has been recorded in this account yet.',
  },
  short: {
    volumes: (created, resolved) =>
      `${counted(created.n, created.text, conversations)} and ${counted(resolved.n, resolved.text, { one: '# resolution', other: '# resolutions' })}`,
    running: (volumes, rhythm) =>
      `${volumes} so far; the comparison follows when the ${{ daily: 'day', weekly: 'week', monthly: 'month', other: 'period' }[rhythm]} is over.`,
    alone: (volumes, comparison, why) =>
      comparison === 'off'
        ? `${volumes}.`
        : `${volumes}; ${comparison !== 'partial' ? why : 'the period before is incomplete, so nothing is compared'}.`,
    steady: (volumes, rhythm) =>
      `A steady ${{ daily: 'day', weekly: 'week', monthly: 'month', other: 'period' }[rhythm]}: ${volumes}, and no key figure moved noticeably.`,
    sentence: (metric, { n, text }, tone, up, change) => {
      if (metric === 'conversations_count') return `${counted(n, text, conversations)}: ${change}.`
      if (metric === 'resolutions_count')
        return `${counted(n, text, { one: '# resolution', other: '# resolutions' })}: ${change}.`
      if (metric === 'csat_score') return `CSAT ${up ? 'rose' : 'fell'} to ${text}: ${change}.`
      const name = {
        avg_first_response_time: 'First response',
        avg_resolution_time: 'Resolution time',
        reply_time: 'Customer waiting',
      }
      return `${name[metric]} ${tone === 'better' ? 'improved' : 'worsened'} to ${text}: ${change}.`
    },
    driver: (kind, name, up, change) => `${kind} ${name} ${up ? 'rose' : 'fell'} most (${change}).`,
    explains: (kind, name, part) => `${kind} ${name} explains ${part} of it.`,
  },
  corrections: {
    intro: 'An earlier mail of this digest gave other figures; records that came or changed later have altered them.',
    line: (metric, period, was, now) => `${metric}, ${period}: was ${was}, now ${now}.`,
  },
  attention: {
    threshold: (metric, value, limit, bound) => `${metric}: ${value}, ${limit} the limit of ${bound}.`,
    target: (subject, times, value, seconds, n) =>
      `${subject}: ${times} ${value} on average, the target of ${seconds} is missed, ${n}.`,
    wholeAccount: 'The whole account',
    unassigned: ({ n, text }, all) =>
      `${text} of ${all} new conversations ${counted(n, '', { one: 'has', other: 'have' })} nobody assigned.`,
    backlog: ({ n, text }) =>
      `${counted(n, text, { one: '# more conversation', other: '# more conversations' })} came in than ${counted(n, '', { one: 'was', other: 'were' })} resolved.`,
    worsened: (subject, metric, value, change, n) => `${subject}: ${metric} ${value}, ${change}, ${n}.`,
    more: (n, text) =>
      counted(n, text, { one: 'And # more missed limit or target.', other: 'And # more missed limits and targets.' }),
  },
  busy: {
    hour: (weekday, from) => `${weekday ? `${weekday} ` : ''}${from}–${from + 1}`,
    busiest: (hour, number) => `Busiest: ${hour} (${number}).`,
    quietest: (hour, number) => `Quietest between 9 and 17, Monday to Friday: ${hour} (${number}).`,
    sum: ({ text }) => `${text} new`,
    mean: (number) => `${number} new on average`,
    axis: (n) => `${n} new`,
    axisMean: (n) => `${n} new on average`,
  },
  footer: {
    attribution: 'Counts follow a conversation’s present inbox, assignee, team and labels; times follow the agent who answered.',
    samples: 'n is how many cases an average is made from; below 5 it is not compared.',
    addedBy: (who, date) => `You get this because ${who} added you on ${date}.`,
    added: (date) => `You get this because you were added on ${date}.`,
    listed: (digest, account) =>
      `You get this because your address is on the list of the digest ${digest} of ${account}. Any administrator of ${account} can take it off.`,
    ids: (digest, edition, delivery, snapshot) =>
      [`Digest ${digest}`, edition, delivery && `delivery ${delivery}`, `snapshot ${snapshot}`].filter(Boolean).join(' · '),
  },
}
