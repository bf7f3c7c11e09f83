import { figures } from './de-figures.ts'
import { files } from './de-files.ts'
import { metrics } from './de-metrics.ts'
import { sentences } from './de-sentences.ts'
import { plurals } from './plural.ts'
import type { Words } from './words.ts'

const counted = plurals('de')

export const german: Words = {
  language: 'de',
  direction: 'ltr',
  quoted: (name) => `„${name}“`,
  list: (items) => items.join(', '),
  title: {
    daily: 'Support-Bericht für den Tag',
    weekly: 'Support-Wochenbericht',
    monthly: 'Support-Monatsbericht',
    other: 'Support-Bericht',
  },
  edition: (n) => `Ausgabe ${n}`,
  thisPeriod: { daily: 'dieser Tag', weekly: 'diese Woche', monthly: 'dieser Monat', other: 'dieser Zeitraum' },
  previousPeriod: {
    daily: 'Tag davor',
    weekly: 'Woche davor',
    monthly: 'Monat davor',
    other: 'Zeitraum davor',
    year: 'Jahr davor',
  },
  comparedWith: (period) => `verglichen mit ${period}`,
  comparedWithYear: {
    daily: (period) => `verglichen mit demselben Tag ein Jahr davor, ${period}`,
    weekly: (period) => `verglichen mit derselben Woche ein Jahr davor, ${period}`,
    monthly: (period) => `verglichen mit demselben Monat ein Jahr davor, ${period}`,
    other: (period) => `verglichen mit denselben Tagen ein Jahr davor, ${period}`,
  },
  comparisonPurged: 'ohne Vergleich, da die Datensätze der Zeit davor nicht mehr aufbewahrt werden',
  comparisonStarts: {
    daily: 'der Vergleich beginnt mit dem nächsten Tag',
    weekly: 'der Vergleich beginnt nächste Woche',
    monthly: 'der Vergleich beginnt nächsten Monat',
    other: 'der Vergleich beginnt mit dem nächsten Zeitraum',
    year: 'ein Jahr davor wurde nichts verzeichnet',
  },
  allHours: 'alle Stunden',
  businessHours: 'nur Öffnungszeiten',
  businessDays: {
    counts: (current, previous) => `Arbeitstage: ${current}, zuvor ${previous}`,
    compared: 'Anzahlen werden pro Arbeitstag verglichen.',
  },
  scope: (parts) => `Nur ${parts.join(' · ')}`,
  scopePart: {
    inbox: (names) => `Posteingänge: ${names}`,
    team: (names) => `Teams: ${names}`,
    agent: (names) => `Agenten: ${names}`,
    label: (names) => `Labels: ${names}`,
  },
  headings: {
    inShort: 'Kurz gesagt',
    keyFigures: 'Kennzahlen',
    corrections: 'Korrigierte Zahlen',
    attention: 'Braucht Aufmerksamkeit',
    trend: { hour: 'Stunde für Stunde', day: 'Tag für Tag', week: 'Woche für Woche' },
    busy: 'Wann viel los war',
    files: 'Dateien',
  },
  tables: {
    agents: {
      title: 'Agenten',
      kind: 'Agent',
      count: (n, text) => counted(n, text, { one: '# Agent', other: '# Agenten' }),
      none: 'Nicht zugewiesen',
      unnamed: (id) => `Agent ${id}`,
    },
    teams: {
      title: 'Teams',
      kind: 'Team',
      count: (n, text) => counted(n, text, { one: '# Team', other: '# Teams' }),
      none: 'Ohne Team',
      unnamed: (id) => `Team ${id}`,
    },
    inboxes: {
      title: 'Posteingänge',
      kind: 'Posteingang',
      count: (n, text) => counted(n, text, { one: '# Posteingang', other: '# Posteingänge' }),
      none: 'Ohne Posteingang',
      unnamed: (id) => `Posteingang ${id}`,
    },
    labels: {
      title: 'Labels',
      kind: 'Label',
      count: (n, text) => counted(n, text, { one: '# Label', other: '# Labels' }),
      none: 'Ohne Label',
      unnamed: (id) => `Label ${id}`,
    },
  },
  columns: { conversations: 'Konv.', resolved: 'Gelöst', firstResponse: 'Erste Antwort', n: 'n', change: 'Änderung' },
  metrics,
  tiles: (metric) =>
    ({
      conversations_count: 'Neue Konversationen',
      resolutions_count: 'Gelöst',
      avg_first_response_time: 'Erste Antwort',
      avg_resolution_time: 'Lösungszeit',
      reply_time: 'Wartezeit der Kunden',
      csat_score: 'CSAT',
      open_conversations_count: 'Am Ende offen',
    })[metric as string],
  times: { first_response: 'erste Antwort', reply: 'Wartezeit der Kunden', resolution: 'Lösungszeit' },
  spoken: {
    conversations_count: 'neue Konversationen',
    resolutions_count: 'Lösungen',
    avg_first_response_time: 'erste Antwort',
    avg_resolution_time: 'Lösungszeit',
    reply_time: 'Wartezeit der Kunden',
    csat_score: 'CSAT',
  },
  since: (date) => `seit ${date}`,
  samples: (n) => `n=${n}`,
  had: ({ n, text }) => `vorher ${counted(n, text, { one: '# Konversation', other: '# Konversationen' })}`,
  topOf: (some, all) => `die ersten ${some} von ${all}`,
  more: (_, text, where) => `und noch ${text}${where === 'workbook' ? ' in der Arbeitsmappe' : ''}`,
  overlap: 'Eine Konversation mit mehreren Labels zählt bei jedem davon; die Zeilen nicht zusammenzählen.',
  trend: {
    hour: 'Neue Konversationen je Stunde.',
    day: 'Neue Konversationen je Tag.',
    week: 'Neue Konversationen je Woche.',
  },
  heatmap: {
    sum: 'Neue Konversationen nach Wochentag und Stunde.',
    mean: 'Neue Konversationen nach Wochentag und Stunde, im Mittel.',
  },
  attachments: {
    tooLarge: (size) =>
      `Die Dateien sind zu groß, um sie anzuhängen (${size}). Ein Administrator kann sie mit „tidemark digest preview“ erstellen.`,
    expires: (date) => `Diese Links gelten bis ${date}.`,
  },
  links: {
    view: 'Ganzen Bericht öffnen',
    workbook: 'Arbeitsmappe herunterladen',
    file: 'Dateien herunterladen',
    manage: 'Verwalten',
    unsubscribe: 'Abbestellen',
    definitions: 'Definitionen',
  },
  ...figures,
  ...sentences,
  ...files,
}
