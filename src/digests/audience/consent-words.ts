import type { Language } from '../definition/definition.ts'
import { clip } from '../mail/names.ts'
import type { Notice } from '../delivery/notice.ts'

/** What an account, a digest and the one who added somebody are called. */
export interface Names {
  digest: string
  account: string
}

/** What is said about being sent a digest, or not any more. Names come as they are. */
export interface ConsentWords {
  direction: 'ltr' | 'rtl'
  page: {
    title: string
    /** What the person is sent, asked about before anything changes. */
    question: (names: Names, address: string) => string
    stop: string
    stopAll: (account: string) => string
    stopped: (names: Names, address: string) => string
    stoppedAll: (account: string, address: string) => string
    takenOff: string
    again: string
    resumed: (names: Names, address: string) => string
    gone: string
    /** Neither of the buttons was pressed. */
    choose: string
  }
  /** To somebody from outside who is sent a digest from now on. */
  welcome: (names: Names, addedBy: string | null) => Notice
  /** To who answers for a digest that nobody is left of. */
  forlorn: (digest: string) => Notice
  /** The link under a notice. */
  unsubscribe: string
}

/** Between marks that keep a name of the other direction from reordering the words around it. */
const isolated = (name: string) => `\u2068${name}\u2069`
const english = (name: string) => `“${clip(name)}”`
const german = (name: string) => `„${clip(name)}“`
const arabic = (name: string) => `«${isolated(clip(name))}»`

export const consentWords: Record<Language, ConsentWords> = {
  en: {
    direction: 'ltr',
    page: {
      title: 'Unsubscribe',
      question: ({ digest, account }, address) =>
        `${address} is sent the report ${english(digest)} of ${clip(account)}. Stop sending it?`,
      stop: 'Stop this report',
      stopAll: (account) => `Stop all reports of ${clip(account)}`,
      stopped: ({ digest, account }, address) => `${address} is sent the report ${english(digest)} of ${clip(account)} no more.`,
      stoppedAll: (account, address) => `${address} is sent no more reports of ${clip(account)}.`,
      takenOff: 'An administrator has entered that, so only an administrator can change it.',
      again: 'Undo: send it again',
      resumed: ({ digest, account }, address) =>
        `Undone. ${address} is sent the report ${english(digest)} of ${clip(account)} again.`,
      gone: 'This report is sent to nobody any more. There is nothing left to stop.',
      choose: 'Nothing has changed. Please use one of the buttons.',
    },
    welcome: ({ digest, account }, addedBy) => ({
      language: 'en',
      toSubscriber: true,
      subject: `You will be sent ${english(digest)}, a support report of ${clip(account)}`,
      body: [
        `${addedBy === null ? 'You have been added' : `${clip(addedBy)} has added you`} to ${english(digest)}, a report about the support desk of ${clip(account)} that comes by mail.`,
        'You are told this once, because you are no user of that desk. Every report has a link to unsubscribe, and so has this mail: no account is needed.',
      ],
    }),
    forlorn: (digest) => ({
      language: 'en',
      subject: `${english(digest)} has paused: nobody is left to whom it may be sent`,
      body: [
        `All recipients of the digest ${english(digest)} have unsubscribed or been taken off, or the recipient policy of the account keeps it from them. It has paused.`,
        'Add a recipient and resume it, or delete it. Please do not add anybody again who has unsubscribed.',
      ],
    }),
    unsubscribe: 'Unsubscribe',
  },
  de: {
    direction: 'ltr',
    page: {
      title: 'Abbestellen',
      question: ({ digest, account }, address) =>
        `An ${address} geht der Bericht ${german(digest)} von ${clip(account)}. Soll er nicht mehr gesendet werden?`,
      stop: 'Diesen Bericht abbestellen',
      stopAll: (account) => `Alle Berichte von ${clip(account)} abbestellen`,
      stopped: ({ digest, account }, address) =>
        `Der Bericht ${german(digest)} von ${clip(account)} geht nicht mehr an ${address}.`,
      stoppedAll: (account, address) => `An ${address} gehen keine Berichte von ${clip(account)} mehr.`,
      takenOff: 'Das hat die Administration eingetragen, und nur sie kann es ändern.',
      again: 'Rückgängig: wieder senden',
      resumed: ({ digest, account }, address) =>
        `Rückgängig gemacht. Der Bericht ${german(digest)} von ${clip(account)} geht wieder an ${address}.`,
      gone: 'Dieser Bericht wird niemandem mehr gesendet. Es gibt nichts mehr abzubestellen.',
      choose: 'Nichts wurde geändert. Bitte eine der Schaltflächen verwenden.',
    },
    welcome: ({ digest, account }, addedBy) => ({
      language: 'de',
      toSubscriber: true,
      subject: `Sie erhalten künftig ${german(digest)}, einen Bericht von ${clip(account)}`,
      body: [
        `${addedBy === null ? 'Sie wurden' : `${clip(addedBy)} hat Sie`} zu ${german(digest)} hinzugefügt, einem Bericht über den Kundendienst von ${clip(account)}, der per E-Mail kommt.`,
        'Das wird Ihnen einmal mitgeteilt, weil Sie dort kein Benutzerkonto haben. Jeder Bericht enthält einen Link zum Abbestellen, auch diese E-Mail; ein Konto ist dafür nicht nötig.',
      ],
    }),
    forlorn: (digest) => ({
      language: 'de',
      subject: `${german(digest)} pausiert: niemand ist mehr da, dem er gesendet werden darf`,
      body: [
        `Alle Empfänger des Berichts ${german(digest)} haben ihn abbestellt oder wurden entfernt, oder die Empfängerregeln des Kontos schließen sie aus. Er pausiert.`,
        'Fügen Sie jemanden hinzu und setzen Sie ihn fort, oder löschen Sie ihn. Bitte fügen Sie niemanden wieder hinzu, der ihn abbestellt hat.',
      ],
    }),
    unsubscribe: 'Abbestellen',
  },
  ar: {
    direction: 'rtl',
    page: {
      title: 'إلغاء الاشتراك',
      question: ({ digest, account }, address) =>
        `يُرسَل التقرير ${arabic(digest)} من ${isolated(clip(account))} إلى ${isolated(address)}. هل تريد إيقاف إرساله؟`,
      stop: 'إيقاف هذا التقرير',
      stopAll: (account) => `إيقاف جميع تقارير ${isolated(clip(account))}`,
      stopped: ({ digest, account }, address) =>
        `لن يُرسَل التقرير ${arabic(digest)} من ${isolated(clip(account))} إلى ${isolated(address)} بعد الآن.`,
      stoppedAll: (account, address) => `لن تُرسَل أي تقارير من ${isolated(clip(account))} إلى ${isolated(address)} بعد الآن.`,
      takenOff: 'أدخل أحد المسؤولين هذا، ولا يستطيع تغييره إلا مسؤول.',
      again: 'تراجع: أعد الإرسال',
      resumed: ({ digest, account }, address) =>
        `تم التراجع. سيُرسَل التقرير ${arabic(digest)} من ${isolated(clip(account))} إلى ${isolated(address)} من جديد.`,
      gone: 'لم يعد هذا التقرير يُرسَل إلى أحد. لا يوجد ما يمكن إيقافه.',
      choose: 'لم يتغير شيء. يرجى استخدام أحد الأزرار.',
    },
    welcome: ({ digest, account }, addedBy) => ({
      language: 'ar',
      toSubscriber: true,
      subject: `سيصلك ${arabic(digest)}، تقرير دعم من ${clip(account)}`,
      body: [
        `${addedBy === null ? 'تمت إضافتك' : `أضافك ${isolated(clip(addedBy))}`} إلى ${arabic(digest)}، وهو تقرير عن مكتب دعم ${isolated(clip(account))} يصل بالبريد الإلكتروني.`,
        'نخبرك بهذا مرة واحدة لأنك لست مستخدمًا في ذلك المكتب. يحتوي كل تقرير على رابط لإلغاء الاشتراك، وكذلك هذه الرسالة، ولا حاجة إلى حساب.',
      ],
    }),
    forlorn: (digest) => ({
      language: 'ar',
      subject: `توقف ${arabic(digest)} مؤقتًا: لم يبق أحد يجوز إرساله إليه`,
      body: [
        `ألغى جميع مستلمي التقرير ${arabic(digest)} اشتراكهم أو أُزيلوا، أو تمنع سياسة المستلمين في الحساب إرساله إليهم، فتوقف مؤقتًا.`,
        'أضف مستلمًا واستأنفه، أو احذفه. يرجى عدم إضافة من ألغى اشتراكه مرة أخرى.',
      ],
    }),
    unsubscribe: 'إلغاء الاشتراك',
  },
}
