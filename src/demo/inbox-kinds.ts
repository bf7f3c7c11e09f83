import { weeklyHours, type WeeklyHours } from './weekly-hours.ts'

/** What an inbox of a generated desk is like, before it belongs to an account. */
export interface InboxKind {
  readonly name: string
  readonly channel: 'Api' | 'Email' | 'TwilioSms' | 'WebWidget' | 'Whatsapp'
  /** Only of TwilioSms: 0 SMS, 1 WhatsApp. */
  readonly medium?: 0 | 1
  /** Null: working hours are switched off. */
  readonly hours: WeeklyHours | null
  readonly bot: boolean
  readonly csat: boolean
  /** Share of the conversations. */
  readonly weight: number
  /** Median seconds of staffed time to the first reply, to later ones, and from the last reply to the resolution. */
  readonly firstReply: number
  readonly laterReply: number
  readonly settling: number
}

const week = (weekday: [number, number], saturday: [number, number] | null, sunday: [number, number] | null) => {
  const day = (hours: [number, number] | null) => hours && { open: hours[0] * 60, close: hours[1] * 60 }
  return weeklyHours([day(sunday), ...Array.from({ length: 5 }, () => day(weekday)), day(saturday)])
}

const office = week([9, 17.5], null, null)
const shop = week([8, 20], [10, 16], null)
// As Chatwoot keeps a day that is open all day: to 23:59, which loses a minute.
const always = weeklyHours(Array.from({ length: 7 }, () => ({ open: 0, close: 24 * 60 - 1 })))

/** When agents are at work, whatever the hours that customers are promised. */
export const staffed = week([8, 20], [9.5, 17], [10, 16])

/** The hours that Chatwoot gives an inbox; they are there although they are switched off. */
export const switchedOff = office

const chat = { firstReply: 240, laterReply: 110, settling: 1500 }
const mail = { firstReply: 5400, laterReply: 4200, settling: 14_400 }
const mobile = { firstReply: 900, laterReply: 480, settling: 5400 }

/** Twelve inboxes, commonest first; a desk has the first few. Three already include one with a bot. */
export const inboxKinds: readonly InboxKind[] = [
  { name: 'Website', channel: 'WebWidget', hours: shop, bot: false, csat: true, weight: 26, ...chat },
  { name: 'E-mail', channel: 'Email', hours: office, bot: false, csat: true, weight: 22, ...mail },
  { name: 'Website assistant', channel: 'WebWidget', hours: null, bot: true, csat: true, weight: 15, ...chat },
  { name: 'WhatsApp', channel: 'Whatsapp', hours: shop, bot: false, csat: true, weight: 14, ...mobile },
  { name: 'Orders API', channel: 'Api', hours: null, bot: false, csat: false, weight: 5, ...mail },
  { name: 'SMS', channel: 'TwilioSms', medium: 0, hours: office, bot: false, csat: false, weight: 4, ...mobile },
  { name: 'Returns', channel: 'Email', hours: office, bot: false, csat: true, weight: 7, ...mail },
  { name: 'App', channel: 'Api', hours: always, bot: false, csat: true, weight: 8, ...chat },
  {
    name: 'WhatsApp for partners',
    channel: 'TwilioSms',
    medium: 1,
    hours: office,
    bot: false,
    csat: false,
    weight: 4,
    ...mobile,
  },
  { name: 'Outlet website', channel: 'WebWidget', hours: shop, bot: false, csat: true, weight: 6, ...chat },
  { name: 'Wholesale', channel: 'Email', hours: office, bot: false, csat: false, weight: 3, ...mail },
  { name: 'Events', channel: 'WebWidget', hours: null, bot: false, csat: false, weight: 2, ...chat },
]
