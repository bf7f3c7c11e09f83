import { plurals } from './plural.ts'
import type { SentenceWords } from './sentence-words.ts'

const counted = plurals('de')
const created = { one: '# neue Konversation', other: '# neue Konversationen' }
const resolved = { one: '# Lösung', other: '# Lösungen' }

export const sentences: SentenceWords = {
  subject: {
    period: { daily: (day) => day, weekly: (date) => `Woche ab ${date}`, monthly: (month) => month, other: (range) => range },
    lead: (account, period) => `${account}: ${period} – `,
    conversations: ({ n, text }) => counted(n, text, { one: '# Konversation', other: '# Konversationen' }),
    firstResponse: (time) => `, erste Antwort ${time}`,
    quiet: {
      daily: 'keine Konversationen an diesem Tag',
      weekly: 'keine Konversationen in dieser Woche',
      monthly: 'keine Konversationen in diesem Monat',
      other: 'keine Konversationen in diesem Zeitraum',
    },
    test: '[TEST]',
    corrected: '[Korrigiert]',
    incomplete: '[Daten unvollständig]',
  },
  preheader: (period, previous, zone, data) => `${period}${previous ? ` gegenüber ${previous}` : ''}, ${zone}. ${data}`,
  status: {
    complete: (until, zone) => `Daten vollständig bis ${until} (${zone}).`,
    completeShort: 'Daten vollständig.',
    missing: (stretches, at) =>
      `Unvollständig: ${stretches} noch nicht verarbeitet. Diese Stunden wurden am ${at} aus den Rohdaten gezählt; spätere Änderungen können sie noch verändern.`,
    missingMore: (n, text) => counted(n, text, { one: '# weiterer Abschnitt', other: '# weitere Abschnitte' }),
    missingShort: 'Daten unvollständig.',
    provisional: (from, at) =>
      `Noch nicht ganz verarbeitet: Alles nach ${from} wurde am ${at} aus den Rohdaten gezählt; spätere Änderungen können es noch verändern.`,
    provisionalShort: 'Daten noch nicht ganz verarbeitet.',
    running: (at) => `Dieser Zeitraum läuft noch: Zahlen bis ${at}.`,
    runningShort: 'Zeitraum läuft noch.',
  },
  quiet: {
    nothing: 'Es wurden keine Konversationen, Nachrichten oder Lösungen verzeichnet.',
    last: (at) => `Letztes Ereignis: ${at}.`,
    never: 'In diesem Konto wurde noch nie etwas verzeichnet.',
  },
  short: {
    volumes: (came, done) => `${counted(came.n, came.text, created)} und ${counted(done.n, done.text, resolved)}`,
    running: (volumes, rhythm) =>
      `Bisher ${volumes}; der Vergleich folgt, wenn ${
        { daily: 'der Tag', weekly: 'die Woche', monthly: 'der Monat', other: 'der Zeitraum' }[rhythm]
      } vorbei ist.`,
    alone: (volumes, comparison, why) =>
      comparison === 'off'
        ? `${volumes}.`
        : `${volumes}; ${comparison !== 'partial' ? why : 'der Vergleichszeitraum ist unvollständig, daher wird nichts verglichen'}.`,
    steady: (volumes, rhythm) =>
      `${{ daily: 'Ein ruhiger Tag', weekly: 'Eine ruhige Woche', monthly: 'Ein ruhiger Monat', other: 'Ein ruhiger Zeitraum' }[rhythm]}: ${volumes}, und keine Kennzahl hat sich merklich bewegt.`,
    sentence: (metric, { n, text }, tone, up, change) => {
      if (metric === 'conversations_count') return `${counted(n, text, created)}: ${change}.`
      if (metric === 'resolutions_count') return `${counted(n, text, resolved)}: ${change}.`
      if (metric === 'csat_score') return `CSAT ${up ? 'stieg' : 'fiel'} auf ${text}: ${change}.`
      const name = {
        avg_first_response_time: 'Die erste Antwort',
        avg_resolution_time: 'Die Lösungszeit',
        reply_time: 'Die Wartezeit der Kunden',
      }
      return `${name[metric]} hat sich auf ${text} ${tone === 'better' ? 'verbessert' : 'verschlechtert'}: ${change}.`
    },
    driver: (kind, name, up, change) => `${kind} ${name} ${up ? 'stieg' : 'fiel'} am stärksten (${change}).`,
    explains: (kind, name, part) => `${kind} ${name} erklärt ${part} davon.`,
  },
  corrections: {
    intro: 'Eine frühere Mail dieses Berichts nannte andere Zahlen; spätere oder geänderte Datensätze haben sie verändert.',
    line: (metric, period, was, now) => `${metric}, ${period}: zuvor ${was}, jetzt ${now}.`,
  },
  attention: {
    threshold: (metric, value, limit, bound) =>
      `${metric}: ${value}, ${limit === 'above' ? 'über' : 'unter'} der Grenze von ${bound}.`,
    target: (subject, times, value, seconds, n) =>
      `${subject}: ${times} im Mittel ${value}, das Ziel von ${seconds} ist verfehlt, ${n}.`,
    wholeAccount: 'Das ganze Konto',
    unassigned: ({ n, text }, all) =>
      `${text} von ${all} neuen Konversationen ${counted(n, '', { one: 'ist', other: 'sind' })} niemandem zugewiesen.`,
    backlog: ({ n, text }) =>
      `Es ${counted(n, text, { one: 'kam # Konversation', other: 'kamen # Konversationen' })} mehr herein, als gelöst wurden.`,
    worsened: (subject, metric, value, change, n) => `${subject}: ${metric} ${value}, ${change}, ${n}.`,
    more: (n, text) =>
      counted(n, text, { one: 'Dazu # weitere verfehlte Grenze.', other: 'Dazu # weitere verfehlte Grenzen und Ziele.' }),
  },
  busy: {
    hour: (weekday, from) => `${weekday ? `${weekday} ` : ''}${from}–${from + 1} Uhr`,
    busiest: (hour, number) => `Am meisten los: ${hour} (${number}).`,
    quietest: (hour, number) => `Am ruhigsten zwischen 9 und 17 Uhr, Montag bis Freitag: ${hour} (${number}).`,
    sum: ({ text }) => `${text} neu`,
    mean: (number) => `im Mittel ${number} neu`,
    axis: (n) => `${n} neu`,
    axisMean: (n) => `im Mittel ${n} neu`,
  },
  footer: {
    attribution:
      'Zahlen folgen dem jetzigen Posteingang, Zuständigen, Team und den Labels einer Konversation; Zeiten folgen dem Agenten, der geantwortet hat.',
    samples: 'n ist, aus wie vielen Fällen ein Mittelwert gebildet ist; unter 5 wird er nicht verglichen.',
    addedBy: (who, date) => `Sie erhalten diese Mail, weil ${who} Sie am ${date} hinzugefügt hat.`,
    added: (date) => `Sie erhalten diese Mail, weil Sie am ${date} hinzugefügt wurden.`,
    listed: (digest, account) =>
      `Sie erhalten diese Mail, weil Ihre Adresse auf der Liste des Berichts ${digest} von ${account} steht. Jeder Administrator von ${account} kann sie streichen.`,
    ids: (digest, edition, delivery, snapshot) =>
      [`Bericht ${digest}`, edition, delivery && `Zustellung ${delivery}`, `Momentaufnahme ${snapshot}`]
        .filter(Boolean)
        .join(' · '),
  },
}
