import type { Change } from './changed-sources.ts'

/** The sources of a release that counts messages sent otherwise: those alone of agents with an even id. */
export const newerDefinition: readonly Change[] = [
  {
    path: 'src/rollups/rolling/source-parts/messages.sql',
    from: 'filter (where m.message_type = 1)',
    to: 'filter (where m.message_type = 1 and m.sender_id % 2 = 0)',
  },
  {
    path: 'src/rollups/metrics.ts',
    from: `  outgoing_messages_count: volume(
    'Messages sent',
    'Outgoing messages of agents, bots, the API and campaigns, private notes included; an agent’s are those he wrote.',
    'outgoing_messages',
  ),`,
    to: `  outgoing_messages_count: { ...volume('Messages sent', 'Messages of agents.', 'outgoing_messages'), version: 2 },`,
  },
]
