import { row, type GoldenRows } from './row.ts'

const one = (columns: object) => ({ account_id: 1, inbox_id: 1, ...columns })
const sent = (columns: object) =>
  ({ account_id: 1, inbox_id: 1, conversation_id: 101, message_type: 'outgoing', sender_type: 'User', sender_id: 2, content: 'hello', ...columns }) // prettier-ignore

/**
 * Conversations, their tags and messages. The range that is asked for is [2025-10-20 04:00, 2025-11-03 05:00) UTC: two weeks
 * from midnight to midnight in New York, where the clocks went back on 2 November.
 */
// prettier-ignore
export const story: GoldenRows = {
  conversations: [
    row('since is in the range', one({ id: 101, status: 'resolved', assignee_id: 2, team_id: 1, created_at: '2025-10-20T04:00:00Z', first_reply_created_at: '2025-10-20T14:00:00Z' })),
    row('until is not', one({ id: 102, status: 'open', assignee_id: 2, team_id: 1, created_at: '2025-11-03T05:00:00Z', first_reply_created_at: '2025-11-03T06:00:00Z' }), { created_at: '2025-11-03T04:59:59Z' }),
    row('a fraction of a second before since is in the previous period', one({ id: 103, status: 'resolved', created_at: '2025-10-20T03:59:59.999Z' })),
    row('a fraction of a second before until is in the range; nobody replied: unattended, unassigned', one({ id: 104, inbox_id: 2, status: 'open', team_id: 2, created_at: '2025-11-03T04:59:59.500Z' })),
    row('rows of the first pass of the repeated hour stand in the second', one({ id: 105, inbox_id: 2, status: 'snoozed', assignee_id: 1, team_id: 2, created_at: '2025-11-02T05:30:00Z' })),
    row('so do those of the second', one({ id: 106, inbox_id: 4, status: 'pending', assignee_id: 7, created_at: '2025-11-02T06:30:00Z' })),
    row('weeks end on Saturday night', one({ id: 107, status: 'open', assignee_id: 2, created_at: '2025-10-26T03:59:59Z', first_reply_created_at: '2025-10-26T05:00:00Z', waiting_since: '2025-10-27T05:00:00Z' })),
    row('weeks start on Sunday', one({ id: 108, status: 'resolved', assignee_id: 1, team_id: 2, created_at: '2025-10-26T04:00:00Z' })),
    row('a conversation of a bot inbox', one({ id: 109, inbox_id: 3, status: 'resolved', created_at: '2025-10-21T12:00:00Z' })),
    row('one that the bot handed off', one({ id: 110, inbox_id: 3, status: 'open', assignee_id: 2, team_id: 1, created_at: '2025-10-22T12:00:00Z', first_reply_created_at: '2025-10-23T12:00:00Z' })),
    row('rates of bots take in conversations of any inbox and any age', one({ id: 111, status: 'resolved', assignee_id: 2, team_id: 1, created_at: '2025-09-10T12:00:00Z' })),
    row('label summaries average events of conversations created in the range, whenever they happened', one({ id: 112, status: 'resolved', assignee_id: 4, created_at: '2025-10-29T12:00:00Z' })),
    row('conversations of another account do not count, not even those of an agent of both', { id: 113, account_id: 2, inbox_id: 5, status: 'open', assignee_id: 2, team_id: 4, created_at: '2025-10-25T12:00:00Z' }, { account_id: 1 }),
    row('a conversation whose inbox is gone counts for the account, and for no channel', one({ id: 114, inbox_id: 99, status: 'open', assignee_id: 4, created_at: '2025-10-24T12:00:00Z', first_reply_created_at: '2025-10-24T13:00:00Z' })),
    row('the previous period begins an hour off midnight after a change of the clocks', one({ id: 115, status: 'resolved', created_at: '2025-10-06T03:00:00Z' })),
    row('and not before', one({ id: 116, status: 'resolved', created_at: '2025-10-06T02:59:59Z' }), { created_at: '2025-10-06T03:00:00Z' }),
    row('a tag that only a wildcard would match is not the label', one({ id: 118, status: 'resolved', created_at: '2025-10-23T12:00:00Z' })),
    row('a tag may be no label of the account', one({ id: 119, inbox_id: 8, status: 'resolved', assignee_id: 1, created_at: '2025-10-30T12:00:00Z' })),
    row('six months to the second are no more than six months', one({ id: 120, inbox_id: 9, status: 'resolved', created_at: '2025-05-04T14:05:24Z' })),
  ],
  tags: [
    row('tags are shared by all accounts', { id: 1, name: 'refund' }),
    row('spellings of a tag differ by case', { id: 2, name: 'Refund' }),
    row('tags of another context', { id: 3, name: 'feature' }),
    row('a tag that is no label', { id: 4, name: 'orphan' }),
    row('a tag that a wildcard would match', { id: 5, name: 'wildxcard' }, { name: 'wild_card' }),
  ],
  taggings: [
    row('a conversation counts for its label', { id: 1, tag_id: 1, taggable_type: 'Conversation', taggable_id: 101, context: 'labels' }),
    row('and for each label that it has', { id: 2, tag_id: 3, taggable_type: 'Conversation', taggable_id: 101, context: 'labels' }),
    row('type=label ignores case; label summary, matrix and senders do not', { id: 3, tag_id: 2, taggable_type: 'Conversation', taggable_id: 107, context: 'labels' }),
    row('two spellings on one conversation count twice among conversations and once everywhere else', { id: 4, tag_id: 1, taggable_type: 'Conversation', taggable_id: 108, context: 'labels' }),
    row('two spellings on one conversation count twice among conversations and once everywhere else', { id: 5, tag_id: 2, taggable_type: 'Conversation', taggable_id: 108, context: 'labels' }),
    row('another context counts for type=label, and not in matrix and label summary', { id: 6, tag_id: 3, taggable_type: 'Conversation', taggable_id: 109, context: 'topics' }),
    row('another context is no label in matrix, label summary and among senders', { id: 7, tag_id: 3, taggable_type: 'Conversation', taggable_id: 118, context: 'topics' }, { context: 'labels' }),
    row('a tag of a contact is none of the conversation with its id', { id: 8, tag_id: 1, taggable_type: 'Contact', taggable_id: 110, context: 'labels' }, { taggable_type: 'Conversation' }),
    row('a label moves the whole history of its conversation', { id: 9, tag_id: 1, taggable_type: 'Conversation', taggable_id: 111, context: 'labels' }),
    row('averages of the label summary', { id: 10, tag_id: 1, taggable_type: 'Conversation', taggable_id: 112, context: 'labels' }),
    row('a tag on another account’s conversation', { id: 11, tag_id: 1, taggable_type: 'Conversation', taggable_id: 113, context: 'labels' }, { taggable_id: 104 }),
    row('a tag that only a wildcard would match', { id: 12, tag_id: 5, taggable_type: 'Conversation', taggable_id: 118, context: 'labels' }, { tag_id: 1 }),
    row('a tag without a label', { id: 13, tag_id: 4, taggable_type: 'Conversation', taggable_id: 119, context: 'labels' }),
  ],
  messages: [
    row('incoming messages of customers', sent({ id: 1, message_type: 'incoming', sender_type: 'Contact', sender_id: 1, content: 'hi', created_at: '2025-10-20T04:00:00Z' })),
    row('outgoing messages count for their author', sent({ id: 2, created_at: '2025-10-20T14:00:00Z' })),
    row('private notes count', sent({ id: 3, private: true, content: 'note', created_at: '2025-10-20T14:01:00Z' })),
    row('failed messages count', sent({ id: 4, status: 3, created_at: '2025-10-20T14:02:00Z' })),
    row('deleted messages count', sent({ id: 5, content: 'This message was deleted', content_attributes: { deleted: true }, created_at: '2025-10-20T14:03:00Z' })),
    row('activities do not count, and are no last message', sent({ id: 6, message_type: 'activity', sender_type: null, sender_id: null, content: 'Ben resolved', created_at: '2025-10-28T15:00:00Z' }), { message_type: 1 }),
    row('templates do not count, are a last message, and a survey among them is one sent', sent({ id: 7, message_type: 'template', content_type: 9, sender_type: null, sender_id: null, content: 'rate us', created_at: '2025-10-27T15:00:01Z' })),
    row('a survey sent as an outgoing message counts as both', sent({ id: 8, conversation_id: 108, content_type: 9, sender_id: 1, content: 'rate', created_at: '2025-10-27T16:00:00Z' })),
    row('messages of bots count for nobody', sent({ id: 9, inbox_id: 3, conversation_id: 109, sender_type: 'AgentBot', sender_id: 1, content: 'bot', created_at: '2025-10-21T12:01:00Z' })),
    row('a sender who is no user is not the agent with his id', sent({ id: 10, inbox_id: 3, conversation_id: 110, sender_type: 'AgentBot', sender_id: 2, content: 'bot', created_at: '2025-10-22T12:01:00Z' }), { sender_type: 'User' }),
    row('messages of an agent who left are grouped under him, without a name', sent({ id: 11, conversation_id: 107, sender_id: 3, created_at: '2025-10-26T05:00:00Z' })),
    row('messages count for their own inbox, whatever their conversation’s is', sent({ id: 12, inbox_id: 2, conversation_id: 110, created_at: '2025-10-23T12:00:00Z' })),
    row('a message at until is outside', sent({ id: 13, created_at: '2025-11-03T05:00:00Z' }), { created_at: '2025-11-03T04:59:59.999Z' }),
    row('messages in the range of conversations created before count, but not in bot metrics', sent({ id: 14, inbox_id: 3, conversation_id: 111, created_at: '2025-10-25T12:00:00Z' })),
    row('an incoming message that a user wrote counts for him', sent({ id: 15, message_type: 'incoming', created_at: '2025-10-24T12:00:00Z' })),
    row('messages of another account do not count', { ...sent({ id: 16, created_at: '2025-10-25T12:30:00Z' }), account_id: 2, inbox_id: 5, conversation_id: 113 }, { account_id: 1 }),
    row('surveys outside the range are not counted as sent', sent({ id: 17, conversation_id: 111, message_type: 'template', content_type: 9, sender_type: null, sender_id: null, created_at: '2025-11-03T05:00:00Z' }), { created_at: '2025-11-03T04:59:59Z' }),
    row('messages of the previous period', sent({ id: 18, conversation_id: 103, sender_id: 1, created_at: '2025-10-20T03:59:59.999Z' })),
    row('human replies in bot inboxes count in bot metrics', sent({ id: 19, inbox_id: 3, conversation_id: 110, sender_id: 1, created_at: '2025-10-24T12:00:00Z' })),
    row('a message with a tag that is no label', sent({ id: 20, inbox_id: 8, conversation_id: 119, sender_id: 1, created_at: '2025-10-30T12:30:00Z' })),
    row('a message of a team and of the two spellings of a tag', sent({ id: 21, inbox_id: 2, conversation_id: 104, message_type: 'incoming', sender_type: 'Contact', sender_id: 2, created_at: '2025-11-03T04:59:59.900Z' })),
  ],
}
