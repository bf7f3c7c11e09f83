import type { MetricWords } from './words.ts'

export const metrics: MetricWords = {
  conversations_count: {
    title: 'Konversationen',
    definition:
      'Konversationen, die im Zeitraum begonnen wurden, gleich welchen Status, unter ihrem jetzigen Posteingang, Zuständigen, Team und ihren Labels.',
  },
  resolutions_count: {
    title: 'Lösungen',
    definition: 'Wie oft eine Konversation gelöst wurde; eine, die wieder geöffnet und erneut gelöst wird, zählt noch einmal.',
  },
  avg_first_response_time: {
    title: 'Zeit bis zur ersten Antwort',
    definition:
      'Mittlere Zeit vom Beginn einer Konversation (oder ihrer Übergabe oder Wiederöffnung) bis zur ersten Antwort eines Menschen.',
  },
  avg_resolution_time: {
    title: 'Lösungszeit',
    definition: 'Mittlere Zeit vom Anlegen einer Konversation bis zu ihrer Lösung.',
  },
  reply_time: {
    title: 'Wartezeit der Kunden',
    definition: 'Mittlere Zeit von der ersten unbeantworteten Nachricht des Kunden bis zur Antwort, ohne erste Antworten.',
  },
  incoming_messages_count: { title: 'Eingegangene Nachrichten', definition: 'Nachrichten von Kunden.' },
  outgoing_messages_count: {
    title: 'Gesendete Nachrichten',
    definition:
      'Nachrichten von Agenten, Bots, der API und Kampagnen, private Notizen eingeschlossen; die eines Agenten sind, was er schrieb.',
  },
  bot_resolutions_count: {
    title: 'Lösungen durch Bots',
    definition: 'Konversationen, die ein Bot gelöst hat und die im Zeitraum nicht übergeben wurden.',
  },
  bot_handoffs_count: {
    title: 'Übergaben durch Bots',
    definition: 'Konversationen, die ein Bot im Zeitraum an einen Menschen übergeben hat.',
  },
  csat_score: { title: 'CSAT', definition: 'Anteil der Bewertungen mit 4 oder 5.' },
  csat_rating: { title: 'CSAT-Note', definition: 'Mittlere Bewertung von 1 bis 5.' },
  csat_responses_count: { title: 'CSAT-Antworten', definition: 'Antworten auf Umfragen zur Zufriedenheit.' },
  csat_surveys_count: { title: 'CSAT-Umfragen', definition: 'Gesendete Umfragen zur Zufriedenheit.' },
  csat_response_rate: {
    title: 'CSAT-Antwortquote',
    definition: 'Antworten je gesendeter Umfrage, beides im Zeitraum gezählt.',
  },
  open_conversations_count: {
    title: 'Am Ende offen',
    definition:
      'Konversationen, die am Ende des Zeitraums nicht gelöst waren (offen, wartend oder zurückgestellt), nach ihrer letzten Lösung oder Öffnung.',
  },
}
