import type { Language } from '../definition/definition.ts'

/** What is said to who answers for a digest. `name` is the digest's, `range` its period in words. */
interface OwnerWords {
  failedSubject(name: string, range: string): string
  reachedNobody(name: string, range: string, failed: number): string
  missedSome(name: string, range: string, failed: number, all: number): string
  givenUp(name: string, range: string, note: string): string
  states: { refused: string; uncertain: string }
  more(n: number): string
  uncertain: string
  sendAgain(list: string, url: string, resend: string): string
  runAgain(command: string): string
  once: string
  pausedSubject(name: string): string
  paused(name: string, periods: number, range: string): string
  reason(text: string): string
  resume(command: string): string
  standstillSubject(name: string, range: string): string
  standstill(name: string, range: string, waiting: number, since: string): string
  waits: string
}

const en: OwnerWords = {
  failedSubject: (name, range) => `Not delivered: ${name}, ${range}`,
  reachedNobody: (name, range, failed) =>
    failed === 1
      ? `“${name}” for ${range} did not reach its only recipient.`
      : `“${name}” for ${range} reached none of its ${failed} recipients.`,
  missedSome: (name, range, failed, all) => `“${name}” for ${range} did not reach ${failed} of its ${all} recipients.`,
  givenUp: (name, range, note) => `“${name}” for ${range} could not be put together and was given up: ${note}`,
  states: { refused: 'refused', uncertain: 'may have arrived' },
  more: (n) => `and ${n} more`,
  uncertain:
    '“May have arrived” means that the connection was lost after the mail had been handed over. It was tried once more with the same Message-ID; now somebody has to decide.',
  sendAgain: (list, url, resend) =>
    `What became of each mail is told by ${list} or ${url}. By its id, each is sent again: ${resend}`,
  runAgain: (command) => `It is tried again with: ${command}`,
  once: 'You are told once. The next such mail comes only after a period has reached everybody again.',
  pausedSubject: (name) => `Paused: ${name}`,
  paused: (name, periods, range) =>
    `“${name}” has paused itself: ${periods} periods in a row, the last of them ${range}, reached nobody. Nothing more is sent until somebody resumes it.`,
  reason: (text) => `The reason given: ${text}`,
  resume: (command) => `When the cause is gone: ${command}`,
  standstillSubject: (name, range) => `Waiting to be sent: ${name}, ${range}`,
  standstill: (name, range, waiting, since) =>
    `“${name}” for ${range} could not be sent when it was due: ${waiting} of its mails had been waiting since ${since}, because nothing got through to the mail server.`,
  waits:
    'This mail had to wait for the same server. Now that you read it, the others have arrived or are on their way; what could not be sent for three days would have been given up, and you would be told.',
}

const de: OwnerWords = {
  failedSubject: (name, range) => `Nicht zugestellt: ${name}, ${range}`,
  reachedNobody: (name, range, failed) =>
    failed === 1
      ? `„${name}“ für ${range} hat die einzige Empfängeradresse nicht erreicht.`
      : `„${name}“ für ${range} hat keine der ${failed} Empfängeradressen erreicht.`,
  missedSome: (name, range, failed, all) => `„${name}“ für ${range} hat ${failed} von ${all} Empfängeradressen nicht erreicht.`,
  givenUp: (name, range, note) => `„${name}“ für ${range} konnte nicht erstellt werden und wurde aufgegeben: ${note}`,
  states: { refused: 'abgelehnt', uncertain: 'möglicherweise angekommen' },
  more: (n) => `und ${n} weitere`,
  uncertain:
    '„Möglicherweise angekommen“ heißt: Die Verbindung brach ab, nachdem die Mail übergeben war. Sie wurde noch einmal mit derselben Message-ID versucht; jetzt muss jemand entscheiden.',
  sendAgain: (list, url, resend) =>
    `Was aus jeder Mail wurde, sagt ${list} oder ${url}. Mit ihrer Nummer wird jede noch einmal gesendet: ${resend}`,
  runAgain: (command) => `Noch einmal versucht wird es mit: ${command}`,
  once: 'Sie erfahren es einmal. Die nächste solche Mail kommt erst, wenn ein Zeitraum wieder alle erreicht hat.',
  pausedSubject: (name) => `Angehalten: ${name}`,
  paused: (name, periods, range) =>
    `„${name}“ hat sich selbst angehalten: ${periods} Zeiträume in Folge, zuletzt ${range}, haben niemanden erreicht. Bis jemand den Bericht fortsetzt, wird nichts mehr gesendet.`,
  reason: (text) => `Der genannte Grund: ${text}`,
  resume: (command) => `Wenn die Ursache behoben ist: ${command}`,
  standstillSubject: (name, range) => `Wartet auf den Versand: ${name}, ${range}`,
  standstill: (name, range, waiting, since) =>
    `„${name}“ für ${range} konnte nicht wie vorgesehen gesendet werden: ${waiting} Mails warteten seit ${since}, weil der Mailserver nichts annahm.`,
  waits:
    'Diese Mail musste auf denselben Server warten. Wenn Sie sie lesen, sind die anderen angekommen oder unterwegs; was drei Tage lang nicht gesendet werden kann, wird aufgegeben, und Sie erfahren es.',
}

const ar: OwnerWords = {
  failedSubject: (name, range) => `لم يُسلَّم: ${name}، ${range}`,
  reachedNobody: (name, range, failed) => `لم يصل «${name}» عن الفترة ${range} إلى أي مستلم (العدد: ${failed}).`,
  missedSome: (name, range, failed, all) => `لم يصل «${name}» عن الفترة ${range} إلى ${failed} من أصل ${all} من المستلمين.`,
  givenUp: (name, range, note) => `تعذّر إعداد «${name}» عن الفترة ${range} وتوقفت المحاولات: ${note}`,
  states: { refused: 'مرفوض', uncertain: 'ربما وصل' },
  more: (n) => `وآخرون (العدد: ${n})`,
  uncertain:
    '«ربما وصل» تعني أن الاتصال انقطع بعد تسليم الرسالة إلى الخادم. أُعيدت المحاولة مرة واحدة بمعرّف الرسالة نفسه، والقرار الآن لكم.',
  sendAgain: (list, url, resend) => `لمعرفة حالة كل رسالة: ${list} أو ${url}. وتُعاد كل رسالة بمعرّفها: ${resend}`,
  runAgain: (command) => `لإعادة المحاولة: ${command}`,
  once: 'تصلكم هذه الرسالة مرة واحدة، ولا تصل التالية إلا بعد أن تصل فترة ما إلى الجميع من جديد.',
  pausedSubject: (name) => `متوقف مؤقتًا: ${name}`,
  paused: (name, periods, range) =>
    `أوقف «${name}» نفسه مؤقتًا: عدد الفترات المتتالية التي لم تصل إلى أحد هو ${periods}، وآخرها ${range}. لن يُرسل شيء حتى يستأنفه أحد.`,
  reason: (text) => `السبب المذكور: ${text}`,
  resume: (command) => `بعد زوال السبب: ${command}`,
  standstillSubject: (name, range) => `في انتظار الإرسال: ${name}، ${range}`,
  standstill: (name, range, waiting, since) =>
    `تعذّر إرسال «${name}» عن الفترة ${range} في موعده: عدد الرسائل المنتظرة ${waiting} منذ ${since} لأن خادم البريد لم يقبل شيئًا.`,
  waits:
    'اضطرت هذه الرسالة إلى انتظار الخادم نفسه. عند قراءتها تكون الرسائل الأخرى قد وصلت أو في طريقها؛ وما يتعذّر إرساله ثلاثة أيام تتوقف محاولاته وتُبلَّغون بذلك.',
}

export const ownerWords: Record<Language, OwnerWords> = { en, de, ar }
