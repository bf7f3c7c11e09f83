-- What a filter asks of a fact: $8 inboxes, $9 agents, $10 teams, $11 labels, each null for all. An id of 0 stands for none.
and ($8::bigint[] is null or inbox_id = any ($8)) and ($9::bigint[] is null or agent_id = any ($9))
and ($10::bigint[] is null or team_id = any ($10))
and ($11::bigint[] is null or conversation_id in (
  select l.conversation_id from oracle.labelled l where l.account_id = $1 and l.label_id = any ($11)))
