import { DAY, HOUR } from '../time/zone.ts'
import {
  greetOutOfHours,
  agentNotes,
  agentWrites,
  assign,
  botWrites,
  customerWrites,
  handOff,
  open,
  presentAssignee,
  resolve,
  survey,
} from './acts.ts'
import { answer, PENDING, reach, RESOLVED, SNOOZED, type Conversation } from './conversation.ts'
import { staffed } from './inbox-kinds.ts'
import { phrases } from './phrases.ts'
import { someoneOf, type Agent } from './roster.ts'
import { afterOpenSeconds, openSeconds } from './weekly-hours.ts'

/** Lets the conversation run its course, from the customer's first words to its end or to the present. */
export function live(c: Conversation): void {
  if (!reach(c, c.created + c.random.between(0.02, 0.6))) return
  customerWrites(c, c.random.pick(phrases.opening))
  if (c.inbox.bot && !withBot(c)) return
  withPeople(c)
}

/** False when people have nothing to do with it, or not yet. */
function withBot(c: Conversation): boolean {
  const { random } = c
  c.status = PENDING
  for (let turn = 0; turn <= 1 + random.geometric(0.5); turn++) {
    if (turn > 0) {
      if (!reach(c, c.at + random.lognormal(60, 0.9))) return false
      customerWrites(c, random.pick(phrases.customer))
    }
    if (!reach(c, c.at + random.between(0.8, 4))) return false
    botWrites(c, random.pick(phrases.bot))
  }
  // Some leave in the middle, and nothing ever closes the conversation.
  if (random.chance(0.03)) return false
  if (random.chance(0.5)) {
    if (!reach(c, c.at + random.between(1, 90))) return false
    handOff(c)
    return true
  }
  // Answered, or given up: the bot closes it after a while.
  if (!reach(c, c.at + random.lognormal(random.chance(0.7) ? 300 : 4 * HOUR, 0.6))) return false
  resolve(c)
  askForRating(c)
  if (!random.chance(0.06) || !reach(c, c.at + random.lognormal(5 * HOUR, 1))) return false
  // The answer was none after all: the customer comes back, to the bot first, which now hands over.
  c.status = PENDING
  customerWrites(c, random.pick(phrases.reopening))
  if (!reach(c, c.at + random.between(1, 20))) return false
  handOff(c)
  return true
}

function withPeople(c: Conversation): void {
  const { random, roster } = c
  const closed = c.inbox.hours && openSeconds(c.inbox.hours, roster.zone, c.at, c.at + 60) === 0
  if (closed && c.inbox.channel === 'WebWidget' && reach(c, c.at + 1)) greetOutOfHours(c)
  if (random.chance(0.94)) {
    if (!reach(c, c.at + random.between(0.3, 5))) return
    assign(c, someoneOf(roster, c.team, c.at, random))
  }
  // Spam and the like: closed without a word.
  if (random.chance(0.025)) return void settle(c)
  // Calibrated on what is said besides, so that the average of the desk comes out as its shape says.
  const laterTurns = random.geometric(Math.max(0, (roster.shape.messagesPerConversation - 5.2) / 2.03))
  for (let turn = 0; turn <= laterTurns; turn++) {
    if (turn > 0 && !customerComesBack(c)) return
    if (!agentComesBack(c)) return
  }
  settle(c)
}

function customerComesBack(c: Conversation): boolean {
  const { random, inbox } = c
  if (!reach(c, c.at + random.lognormal(inbox.laterReply * 0.8, 1.1))) return false
  customerWrites(c, random.pick(phrases.customer))
  if (random.chance(0.05) && reach(c, c.at + random.lognormal(25, 0.8))) customerWrites(c, random.pick(phrases.customer))
  return true
}

/** Someone answers when he is at work; a few answer whenever. False when nobody has yet. */
function agentComesBack(c: Conversation): boolean {
  const { random, roster } = c
  const median = c.firstReply === null ? c.inbox.firstReply : c.inbox.laterReply
  // Over the history people get a little quicker.
  const learnt = 1.12 - (0.24 * (c.created - roster.start)) / (c.end - roster.start)
  const delay = random.lognormal(median * (c.assignee?.pace ?? 1.3) * c.load * learnt, 1)
  const due = random.chance(0.88) ? afterOpenSeconds(staffed, roster.zone, c.at, delay) : c.at + delay
  if (random.chance(0.05) && reach(c, c.at + (due - c.at) * 0.7)) agentNotes(c, whoAnswers(c))
  if (!reach(c, due)) return false
  agentWrites(c, whoAnswers(c))
  if (random.chance(0.03) && reach(c, c.at + random.lognormal(40, 0.7))) agentWrites(c, whoAnswers(c))
  return true
}

/** The assignee, now and then a colleague; when the assignee has left, whoever takes it over. */
function whoAnswers(c: Conversation): Agent {
  const { random, roster } = c
  const assignee = presentAssignee(c)
  if (assignee && !random.chance(0.05)) return assignee
  const colleague = someoneOf(roster, c.team, c.at, random)
  if (c.assignee && !assignee) assign(c, colleague)
  return colleague
}

/** What comes after the last reply: resolved mostly, sometimes snoozed before or reopened after, rarely forgotten. */
function settle(c: Conversation, reopenings = 0): void {
  const { random, inbox, roster } = c
  if (random.chance(0.004)) return
  if (random.chance(0.04) && !snooze(c)) return
  if (random.chance(0.1) && reach(c, c.at + random.lognormal(300, 1))) customerWrites(c, random.pick(phrases.thanks))
  const delay = random.lognormal(inbox.settling * c.load, 1.2)
  if (!reach(c, afterOpenSeconds(staffed, roster.zone, c.at, delay))) return
  resolve(c)
  if (c.agentWrote) askForRating(c)
  if (reopenings >= 2 || !random.chance(0.1)) return
  if (!reach(c, c.at + random.lognormal(20 * HOUR, 1))) return
  open(c, 'Conversation was reopened by the customer')
  if (!reach(c, c.at)) return
  customerWrites(c, random.pick(phrases.reopening))
  if (agentComesBack(c)) settle(c, reopenings + 1)
}

function snooze(c: Conversation): boolean {
  if (!reach(c, c.at + c.random.lognormal(600, 0.5))) return false
  c.status = SNOOZED
  // Until the customer writes again, which a few never do.
  if (c.random.chance(0.06)) return false
  c.snoozedUntil = c.at + Math.ceil(c.random.between(0.3, 4)) * DAY
  if (!reach(c, c.snoozedUntil)) return false
  open(c, 'Conversation was marked open as its snooze ended')
  return true
}

// Ratings by chance: most are content, the discontented answer too.
const ratings = [
  { rating: 5, weight: 56 },
  { rating: 4, weight: 22 },
  { rating: 3, weight: 9 },
  { rating: 2, weight: 5 },
  { rating: 1, weight: 8 },
]

function askForRating(c: Conversation): void {
  const { random, inbox } = c
  if (!inbox.csat || c.surveyed || c.status !== RESOLVED || !random.chance(0.65)) return
  if (!reach(c, c.at + random.between(0.2, 1.5))) return
  const sent = survey(c)
  if (!random.chance(0.36)) return
  const { rating } = random.weighted(ratings)
  // On bad days the same people are a little less content.
  const given = rating > 1 && c.load > 1.4 && random.chance(0.35) ? rating - 1 : rating
  const feedback = !random.chance(0.3) ? null : random.pick(given >= 4 ? phrases.praise : phrases.reproach)
  answer(c, sent, sent.at + random.lognormal(900, 1.6), given, feedback)
}
