import type { Language } from '../digests/definition/definition.ts'
import type { Metric } from '../rollups/metric.ts'

/** What is said to who wanted to know when a backfill ends. Figures come as texts. */
export interface BackfillWords {
  outcomes: Record<'completed' | 'completed_with_errors' | 'cancelled' | 'failed', string>
  subject(id: number, outcome: string, account: string): string
  ended(outcome: string): string
  account(name: string, id: number): string
  /** Dates, both inclusive; null: from the first row on, until now. */
  range(first: string | null, last: string | null, zone: string): string
  reason(text: string): string
  outcome(outcome: string, error: string | null): string
  hours(done: string, total: string, failed: string): string
  changes(fresh: string, changed: string, unchanged: string): string
  verification(recomputed: string, left: string, differing: string): string
  unverified: string
  totals: string
  units: Record<Exclude<Metric['unit'], 'count'>, string>
  total(title: string, before: string, after: string, added: string): string
  /** A figure of nothing. */
  none: string
  /** The title of a metric that no digest has. */
  reopened: string
  more(command: string, url: string): string
}

const en: BackfillWords = {
  outcomes: {
    completed: 'completed',
    completed_with_errors: 'completed with errors',
    cancelled: 'cancelled',
    failed: 'failed',
  },
  subject: (id, outcome, account) => `Backfill ${id} ${outcome}: ${account}`,
  ended: (outcome) => `The backfill that you wanted to be told of has ended: it is ${outcome}.`,
  account: (name, id) => `Account: ${name} (${id})`,
  range: (first, last, zone) => `Range: ${first ?? 'the first row'} to ${last ?? 'now'} (${zone})`,
  reason: (text) => `Reason: ${text}`,
  outcome: (outcome, error) => `Outcome: ${outcome}${error === null ? '' : ` (${error})`}`,
  hours: (done, total, failed) => `Hours: ${done} of ${total} done, ${failed} failed`,
  changes: (fresh, changed, unchanged) => `Of these: ${fresh} new, ${changed} changed, ${unchanged} unchanged`,
  verification: (recomputed, left, differing) =>
    `Verification: ${recomputed} hours recomputed, ${left} left out as dirty, ${differing} rows differ`,
  unverified: 'Verification: not asked for',
  totals: 'Totals of what it rolled:',
  units: { seconds: 'seconds', percent: 'percent', rating: 'rating' },
  total: (title, before, after, added) => `${title}: ${before} before, ${after} after; ${added} in new hours`,
  none: 'none',
  reopened: 'Reopened',
  more: (command, url) => `All of it is told by ${command} or ${url}`,
}

const de: BackfillWords = {
  outcomes: {
    completed: 'abgeschlossen',
    completed_with_errors: 'mit Fehlern abgeschlossen',
    cancelled: 'abgebrochen',
    failed: 'gescheitert',
  },
  subject: (id, outcome, account) => `Backfill ${id} ${outcome}: ${account}`,
  ended: (outcome) => `Der Backfill, von dessen Ende Sie erfahren wollten, ist beendet: ${outcome}.`,
  account: (name, id) => `Konto: ${name} (${id})`,
  range: (first, last, zone) => `Zeitraum: ${first ?? 'erster Datensatz'} bis ${last ?? 'jetzt'} (${zone})`,
  reason: (text) => `Grund: ${text}`,
  outcome: (outcome, error) => `Ergebnis: ${outcome}${error === null ? '' : ` (${error})`}`,
  hours: (done, total, failed) => `Stunden: ${done} von ${total} erledigt, ${failed} gescheitert`,
  changes: (fresh, changed, unchanged) => `Davon: ${fresh} neu, ${changed} geändert, ${unchanged} unverändert`,
  verification: (recomputed, left, differing) =>
    `Prüfung: ${recomputed} Stunden nachgerechnet, ${left} wegen neuer Änderungen ausgelassen, ${differing} Zeilen weichen ab`,
  unverified: 'Prüfung: nicht verlangt',
  totals: 'Summen dessen, was berechnet wurde:',
  units: { seconds: 'Sekunden', percent: 'Prozent', rating: 'Note' },
  total: (title, before, after, added) => `${title}: vorher ${before}, nachher ${after}; in neuen Stunden ${added}`,
  none: 'kein Wert',
  reopened: 'Wieder geöffnet',
  more: (command, url) => `Alles dazu sagt ${command} oder ${url}`,
}

/** What is written from left to right within Arabic. */
const ltr = (text: string) => `\u2066${text}\u2069`

const ar: BackfillWords = {
  outcomes: {
    completed: 'اكتملت',
    completed_with_errors: 'اكتملت مع أخطاء',
    cancelled: 'أُلغيت',
    failed: 'أخفقت',
  },
  subject: (id, outcome, account) => `إعادة الحساب ${id} ${outcome}: ${account}`,
  ended: (outcome) => `انتهت إعادة الحساب التي طلبتم إبلاغكم بنهايتها: ${outcome}.`,
  account: (name, id) => `الحساب: ${name} (${id})`,
  range: (first, last, zone) =>
    `الفترة: من ${first === null ? 'أول سجل' : ltr(first)} إلى ${last === null ? 'الآن' : ltr(last)} (${ltr(zone)})`,
  reason: (text) => `السبب: ${text}`,
  outcome: (outcome, error) => `النتيجة: ${outcome}${error === null ? '' : ` (${ltr(error)})`}`,
  hours: (done, total, failed) => `الساعات: أُنجز منها ${done} من أصل ${total}، وأخفق ${failed}`,
  changes: (fresh, changed, unchanged) => `منها: الجديدة ${fresh}، والمتغيرة ${changed}، ودون تغيير ${unchanged}`,
  verification: (recomputed, left, differing) =>
    `التحقق: الساعات المعاد حسابها ${recomputed}، والمتروكة لتغيّرها ${left}، والصفوف المختلفة ${differing}`,
  unverified: 'التحقق: لم يُطلب',
  totals: 'مجاميع ما حُسب:',
  units: { seconds: 'بالثواني', percent: 'بالمئة', rating: 'التقييم' },
  total: (title, before, after, added) => `${title}: قبل ${before}، بعد ${after}؛ في الساعات الجديدة ${added}`,
  none: 'لا قيمة',
  reopened: 'أُعيد فتحها',
  more: (command, url) => `التفاصيل كلها: ${ltr(command)} أو ${ltr(url)}`,
}

export const backfillWords: Record<Language, BackfillWords> = { en, de, ar }
