import { row, type GoldenRows } from './row.ts'

const event = (name: string, id: number, columns: object) => ({ id, name, account_id: 1, inbox_id: 1, user_id: 2, conversation_id: 101, ...columns }) // prettier-ignore
const [first, reply, resolved] = ['first_response', 'reply_time', 'conversation_resolved']
const [botResolved, handoff] = ['conversation_bot_resolved', 'conversation_bot_handoff']

/** Reporting events and answers to surveys. */
// prettier-ignore
export const happenings: GoldenRows = {
  reporting_events: [
    row('an event at since is in the range', event(reply, 1, { value: 61, value_in_business_hours: 61, created_at: '2025-10-20T04:00:00Z' })),
    row('an event at until is not', event(reply, 2, { value: 30, value_in_business_hours: 30, created_at: '2025-11-03T05:00:00Z' }), { created_at: '2025-11-03T04:59:59.999Z' }),
    row('the message of a first response is found within a second of its end', event(first, 3, { value: 36000, value_in_business_hours: 3600, event_end_time: '2025-10-20T14:00:00Z', created_at: '2025-10-20T14:00:02Z' })),
    row('an event counts when it was written, not when it ended: here the next day', event(resolved, 4, { value: 122400, value_in_business_hours: 32400, event_end_time: '2025-10-22T03:59:59Z', created_at: '2025-10-22T04:00:01Z' })),
    row('every resolution counts', event(resolved, 5, { value: 130000, value_in_business_hours: 33000, created_at: '2025-10-22T05:00:00Z' })),
    row('events of an agent who left count for the account and for no agent', event(first, 6, { value: 41400, value_in_business_hours: 3600, user_id: 3, conversation_id: 107, created_at: '2025-10-26T05:00:01Z' })),
    row('averages in business hours skip what has none', event(first, 7, { value: 3600, value_in_business_hours: null, inbox_id: 2, user_id: 1, conversation_id: 105, created_at: '2025-11-02T06:59:59Z' })),
    row('zero business hours are a value', event(resolved, 8, { value: 99000, value_in_business_hours: 0, inbox_id: 1, user_id: 1, conversation_id: 108, created_at: '2025-10-27T14:00:00Z' })),
    row('an event without a value has a count and no average', event(reply, 9, { value: null, value_in_business_hours: null, inbox_id: 4, user_id: 7, conversation_id: 106, created_at: '2025-11-02T12:00:00Z' })),
    row('a bot’s resolution without a handoff counts', event(botResolved, 10, { value: 3600, value_in_business_hours: 0, inbox_id: 3, user_id: null, conversation_id: 109, created_at: '2025-10-21T13:00:00Z' })),
    row('one with a handoff in the range does not', event(botResolved, 11, { value: 7200, value_in_business_hours: 0, inbox_id: 3, conversation_id: 110, created_at: '2025-10-22T14:00:00Z' }), { conversation_id: 101 }),
    row('a handoff', event(handoff, 12, { value: 86000, value_in_business_hours: 0, inbox_id: 3, conversation_id: 110, created_at: '2025-10-23T11:00:00Z' })),
    row('a second handoff of the conversation counts on another day, and not in the range', event(handoff, 13, { value: 90000, value_in_business_hours: 0, inbox_id: 3, conversation_id: 110, created_at: '2025-10-28T11:00:00Z' })),
    row('a handoff whose conversation is gone does not count, and is shown by drill-down', event(handoff, 14, { value: 10, value_in_business_hours: 0, inbox_id: 3, user_id: 1, conversation_id: 999, created_at: '2025-10-28T12:00:00Z' })),
    row('a handoff without a conversation does not count', event(handoff, 15, { value: 10, value_in_business_hours: 0, inbox_id: 1, user_id: 1, conversation_id: null, created_at: '2025-10-28T13:00:00Z' }), { conversation_id: 101 }),
    row('a resolution without a conversation counts while nobody was handed off', event(botResolved, 16, { value: 20, value_in_business_hours: 0, inbox_id: 2, user_id: null, conversation_id: null, created_at: '2025-10-29T13:00:00Z' })),
    row('a bot’s resolution of an old conversation in an inbox without a bot', event(botResolved, 17, { value: 40, value_in_business_hours: 0, conversation_id: 111, created_at: '2025-10-25T13:00:00Z' })),
    row('a handoff outside the range rules nothing out', event(handoff, 18, { value: 50, value_in_business_hours: 0, conversation_id: 111, created_at: '2025-11-03T05:00:00Z' }), { created_at: '2025-11-03T04:00:00Z' }),
    row('an event of a conversation created in the range, after it: in the label summary’s averages alone', event(resolved, 19, { value: 600000, value_in_business_hours: 60000, user_id: 4, conversation_id: 112, created_at: '2025-11-05T12:00:00Z' })),
    row('an event of an older conversation in the range: in all but the label summary’s averages', event(resolved, 20, { value: 4000000, value_in_business_hours: 400000, conversation_id: 111, created_at: '2025-10-25T13:00:01Z' })),
    row('events of another account do not count, not even for an agent of both', event(resolved, 21, { value: 7200, value_in_business_hours: 7200, account_id: 2, inbox_id: 5, conversation_id: 113, created_at: '2025-10-25T14:00:00Z' }), { account_id: 1 }),
    row('the previous period', event(resolved, 22, { value: 1000, value_in_business_hours: 100, user_id: 1, conversation_id: 103, created_at: '2025-10-19T12:00:00Z' })),
    row('an event whose inbox is gone counts, and has no channel', event(first, 23, { value: 200000, value_in_business_hours: 0, inbox_id: 99, user_id: 4, conversation_id: 114, created_at: '2025-10-24T13:00:00Z' })),
    row('the inbox of an event is the one it names, not its conversation’s', event(first, 24, { value: 14400, value_in_business_hours: 14400, inbox_id: 4, user_id: 2, conversation_id: 110, event_end_time: '2025-10-23T12:00:00.900Z', created_at: '2025-10-23T12:00:01Z' })),
    row('a lower bound belongs to the higher bucket', event(first, 25, { value: 28800, value_in_business_hours: 28800, inbox_id: 4, user_id: 1, conversation_id: 108, created_at: '2025-10-26T12:00:00Z' })),
    row('just under a bound is under it', event(first, 26, { value: 3599.5, value_in_business_hours: 3599, inbox_id: 1, user_id: 1, conversation_id: 119, created_at: '2025-10-30T12:30:00Z' })),
    row('a day is 24h+', event(first, 27, { value: 86400, value_in_business_hours: 0, inbox_id: 1, user_id: 7, conversation_id: 118, created_at: '2025-10-31T12:00:00Z' })),
    row('reopenings are no resolutions', event('conversation_opened', 28, { value: 0, value_in_business_hours: 0, created_at: '2025-10-22T04:30:00Z' }), { name: 'conversation_resolved' }),
    row('what an assistant concluded is no resolution by a bot', event('conversation_captain_inference_resolved', 29, { value: 50, value_in_business_hours: null, inbox_id: 3, user_id: null, conversation_id: 109, created_at: '2025-10-21T12:00:50Z' }), { name: 'conversation_bot_resolved' }),
    row('a job that ran twice counts twice', event(reply, 30, { value: 600, value_in_business_hours: 600, event_end_time: '2025-10-20T14:03:00Z', created_at: '2025-10-20T14:10:01Z' })),
    row('a job that ran twice counts twice', event(reply, 31, { value: 600, value_in_business_hours: 600, event_end_time: '2025-10-20T14:03:00Z', created_at: '2025-10-20T14:10:01Z' })),
  ],
  csat_survey_responses: [
    row('an answer counts by its rating; text is quoted in CSV', { id: 1, account_id: 1, conversation_id: 101, message_id: 7, rating: 5, feedback_message: 'great, "really"\nthanks', contact_id: 1, assigned_agent_id: 2, created_at: '2025-10-27T17:00:00Z' }),
    row('an answer about an agent is not about the present assignee', { id: 2, account_id: 1, conversation_id: 108, message_id: 8, rating: 2, feedback_message: null, contact_id: 2, assigned_agent_id: 2, created_at: '2025-10-27T18:00:00Z' }),
    row('an answer may be about nobody', { id: 3, account_id: 1, conversation_id: 111, message_id: 117, rating: 5, feedback_message: '=1', contact_id: 1, assigned_agent_id: null, created_at: '2025-10-20T04:00:00Z' }),
    row('an answer at until is outside', { id: 4, account_id: 1, conversation_id: 112, message_id: 104, rating: 1, feedback_message: null, contact_id: 1, assigned_agent_id: 4, created_at: '2025-11-03T05:00:00Z' }, { created_at: '2025-11-03T04:59:59Z' }),
    row('answers of another account do not count', { id: 5, account_id: 2, conversation_id: 113, message_id: 105, rating: 4, feedback_message: null, contact_id: 1, assigned_agent_id: 2, created_at: '2025-10-27T18:00:00Z' }, { account_id: 1 }),
    row('reviews show who wrote them, and an agent who left', { id: 6, account_id: 1, conversation_id: 107, message_id: 106, rating: 4, feedback_message: 'ok', contact_id: 1, assigned_agent_id: 3, csat_review_notes: 'called', review_notes_updated_by_id: 1, review_notes_updated_at: '2025-10-28T10:00:00Z', created_at: '2025-10-27T19:00:00.700Z' }),
  ],
}
