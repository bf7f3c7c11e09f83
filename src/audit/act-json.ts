import { isoOf } from '../time/local-text.ts'
import type { RecordedAct } from './acts.ts'
import type { CsvCell } from '../files/csv.ts'

/** An act as it is told over HTTP and by the command line. */
export const actJson = (act: RecordedAct) => ({
  id: act.id,
  account_id: act.accountId,
  at: isoOf(act.at),
  actor: { kind: act.actorKind, id: act.actorId, name: act.actorName },
  action: act.action,
  subject: act.subjectKind === null ? null : { kind: act.subjectKind, id: act.subjectId },
  reason: act.reason,
  before: act.before,
  after: act.after,
  request_id: act.requestId,
})

const headings = [
  'id',
  'at',
  'account_id',
  'actor_kind',
  'actor_id',
  'actor_name',
  'action',
  'subject_kind',
  'subject_id',
  'reason',
  'before',
  'after',
  'request_id',
]

/** Acts as rows of a file, below their headings; what was before and after as JSON. */
export async function* actRows(acts: AsyncIterable<RecordedAct>): AsyncGenerator<CsvCell[]> {
  yield headings
  for await (const act of acts) {
    const { id, at, account_id, actor, action, subject, reason, before, after, request_id } = actJson(act)
    const actors = [actor.kind, actor.id, actor.name]
    const subjects = [subject?.kind ?? null, subject?.id ?? null]
    yield [id, at, account_id, ...actors, action, ...subjects, reason, textOf(before), textOf(after), request_id]
  }
}

const textOf = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value))
