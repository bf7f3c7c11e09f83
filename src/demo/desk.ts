/** What one account of a generated desk is like. */
export interface DeskShape {
  name: string
  /** IANA name: working hours, busy hours and the account's days are in it. */
  zone: string
  /** Months of history up to now. */
  months: number
  /** Agents beside the administrator, those who have left included. */
  agents: number
  inboxes: number
  teams: number
  labels: number
  conversationsPerMonth: number
  /** On average, activity and survey messages included. Below 5 it cannot be met. */
  messagesPerConversation: number
}

export const demoSizes = ['small', 'large'] as const
export type DemoSize = (typeof demoSizes)[number]

/**
 * The desks of the demo, over 13 months. `small`: a shop in India and an outfitter in Germany, a good 200,000 messages. `large`: a
 * marketplace in Germany with a million conversations, ten million messages and five million events.
 */
export function demoDesk(size: DemoSize = 'small'): DeskShape[] {
  if (size === 'large') {
    const crew = { agents: 120, inboxes: 12, teams: 10, labels: 40 }
    const history = { months: 13, conversationsPerMonth: 77_000, messagesPerConversation: 10.5 }
    return [{ name: 'Hanse Marktplatz', zone: 'Europe/Berlin', ...crew, ...history }]
  }
  const alike = { months: 13, messagesPerConversation: 10 }
  return [
    {
      ...alike,
      name: 'Saffron Cart',
      zone: 'Asia/Kolkata',
      agents: 18,
      inboxes: 7,
      teams: 5,
      labels: 14,
      conversationsPerMonth: 980,
    },
    {
      ...alike,
      name: 'Nordlicht Outdoor',
      zone: 'Europe/Berlin',
      agents: 12,
      inboxes: 6,
      teams: 4,
      labels: 12,
      conversationsPerMonth: 720,
    },
  ]
}

/** The smallest desk in which everything occurs: about a second to make, for tests. */
export function tinyDesk(): DeskShape[] {
  const alike = { months: 2, messagesPerConversation: 10, conversationsPerMonth: 200 }
  return [
    { ...alike, name: 'Saffron Cart', zone: 'Asia/Kolkata', agents: 8, inboxes: 6, teams: 3, labels: 8 },
    { ...alike, name: 'Harbor Lane', zone: 'America/New_York', agents: 6, inboxes: 4, teams: 2, labels: 6 },
  ]
}

// Whole, half and quarter hours from UTC, both hemispheres' DST, none, and Lord Howe's half-hour one.
const zones = [
  'America/New_York', 'Asia/Kolkata', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'America/Los_Angeles', 'Europe/London',
  'Australia/Sydney', 'Asia/Tokyo', 'America/St_Johns', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Dubai', 'Pacific/Auckland',
  'Europe/Madrid', 'America/Mexico_City', 'Asia/Singapore', 'UTC', 'Africa/Lagos', 'America/Chicago',
] // prettier-ignore

/**
 * The desk of the benchmarks: 20 accounts over a year, the largest of them half of everything. At scale 1 it has a
 * million conversations, ten million messages and five million events; the scale changes how much happens, not who is there.
 */
export function benchDesk(scale = 1): DeskShape[] {
  const conversationsPerMonth = Math.max(1, Math.round((scale * 1_000_000) / 24))
  const alike = { months: 12, messagesPerConversation: 10.5 }
  const largest = {
    ...alike,
    name: 'Account 1',
    zone: zones[0]!,
    agents: 200,
    inboxes: 12,
    teams: 10,
    labels: 40,
    conversationsPerMonth,
  }
  // The other half falls off as sizes of customers do: the second has a seventh of it, the last a hundredth.
  const shares = zones.slice(1).map((_, i) => 1 / (i + 3))
  const total = shares.reduce((sum, share) => sum + share, 0)
  const others = shares.map((share, i) => ({
    ...alike,
    name: `Account ${i + 2}`,
    zone: zones[i + 1]!,
    agents: 40 - 2 * Math.min(i, 15),
    inboxes: 8 - Math.min(Math.floor(i / 4), 4),
    teams: 6 - Math.min(Math.floor(i / 4), 4),
    labels: 24 - i,
    conversationsPerMonth: Math.max(1, Math.round((conversationsPerMonth * share) / total)),
  }))
  return [largest, ...others]
}
