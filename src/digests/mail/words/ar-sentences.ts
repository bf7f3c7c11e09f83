import { plurals, type Forms } from './plural.ts'
import type { SentenceWords } from './sentence-words.ts'

const counted = plurals('ar')

export const conversations: Forms = {
  zero: 'لا محادثات',
  one: 'محادثة واحدة',
  two: 'محادثتان',
  few: '# محادثات',
  other: '# محادثة',
}
const created: Forms = {
  zero: 'لا محادثات جديدة',
  one: 'محادثة جديدة واحدة',
  two: 'محادثتان جديدتان',
  few: '# محادثات جديدة',
  other: '# محادثة جديدة',
}
const resolved: Forms = {
  zero: 'لا محادثات محلولة',
  one: 'محادثة محلولة واحدة',
  two: 'محادثتان محلولتان',
  few: '# محادثات محلولة',
  other: '# محادثة محلولة',
}

export const sentences: SentenceWords = {
  subject: {
    period: { daily: (day) => day, weekly: (date) => `أسبوع ${date}`, monthly: (month) => month, other: (range) => range },
    lead: (account, period) => `${account}: ${period} – `,
    conversations: ({ n, text }) => counted(n, text, conversations),
    firstResponse: (time) => `، الاستجابة الأولى ${time}`,
    quiet: {
      daily: 'لا محادثات هذا اليوم',
      weekly: 'لا محادثات هذا الأسبوع',
      monthly: 'لا محادثات هذا الشهر',
      other: 'لا محادثات في هذه الفترة',
    },
    test: '[اختبار]',
    corrected: '[مصحّح]',
    incomplete: '[بيانات غير مكتملة]',
  },
  preheader: (period, previous, zone, data) => `${period}${previous ? ` مقابل ${previous}` : ''}، ${zone}. ${data}`,
  status: {
    complete: (until, zone) => `البيانات مكتملة حتى ${until} (${zone}).`,
    completeShort: 'البيانات مكتملة.',
    missing: (stretches, at) =>
      `غير مكتمل: ${stretches} لم تُعالَج بعد. حُسبت هذه الساعات من السجلات الأصلية في ${at}، وقد تغيّرها تعديلات لاحقة.`,
    missingMore: (n, text) =>
      counted(n, text, { one: 'فترة أخرى', two: 'فترتان أخريان', few: '# فترات أخرى', other: '# فترة أخرى' }),
    missingShort: 'البيانات غير مكتملة.',
    provisional: (from, at) =>
      `لم تكتمل المعالجة بعد: كل ما بعد ${from} حُسب من السجلات الأصلية في ${at}، وقد تغيّره تعديلات لاحقة.`,
    provisionalShort: 'لم تكتمل معالجة البيانات بعد.',
    running: (at) => `لم تنتهِ هذه الفترة بعد: الأرقام حتى ${at}.`,
    runningShort: 'لم تنتهِ الفترة بعد.',
  },
  quiet: {
    nothing: 'لم تُسجَّل أي محادثات أو رسائل أو حلول.',
    last: (at) => `آخر حدث: ${at}.`,
    never: 'لم يُسجَّل شيء في هذا الحساب بعد.',
  },
  short: {
    volumes: (came, done) => `${counted(came.n, came.text, created)} و${counted(done.n, done.text, resolved)}`,
    running: (volumes, rhythm) =>
      `${volumes} حتى الآن؛ وتأتي المقارنة بعد انتهاء ${
        { daily: 'اليوم', weekly: 'الأسبوع', monthly: 'الشهر', other: 'الفترة' }[rhythm]
      }.`,
    alone: (volumes, comparison, why) =>
      comparison === 'off'
        ? `${volumes}.`
        : `${volumes}؛ ${comparison !== 'partial' ? why : 'فترة المقارنة غير مكتملة، فلا مقارنة'}.`,
    steady: (volumes, rhythm) =>
      `${
        { daily: 'يوم مستقر', weekly: 'أسبوع مستقر', monthly: 'شهر مستقر', other: 'فترة مستقرة' }[rhythm]
      }: ${volumes}، ولم يتغيّر أي رقم رئيسي تغيّرًا ملحوظًا.`,
    sentence: (metric, { n, text }, tone, up, change) => {
      if (metric === 'conversations_count') return `${counted(n, text, created)}: ${change}.`
      if (metric === 'resolutions_count') return `${counted(n, text, resolved)}: ${change}.`
      if (metric === 'csat_score') return `${up ? 'ارتفع' : 'انخفض'} رضا العملاء إلى ${text}: ${change}.`
      const name = {
        avg_first_response_time: 'وقت الاستجابة الأولى',
        avg_resolution_time: 'وقت الحل',
        reply_time: 'وقت انتظار العميل',
      }
      return `${tone === 'better' ? 'تحسّن' : 'تراجع'} ${name[metric]} إلى ${text}: ${change}.`
    },
    driver: (kind, name, up, change) => `الأكثر ${up ? 'ارتفاعًا' : 'انخفاضًا'}: ${kind} ${name} (${change}).`,
    explains: (kind, name, part) => `من ذلك ${part} بسبب ${kind} ${name}.`,
  },
  corrections: {
    intro: 'ذكرت رسالة سابقة من هذا التقرير أرقامًا أخرى؛ وقد غيّرتها سجلات وصلت أو تغيّرت لاحقًا.',
    line: (metric, period, was, now) => `${metric}، ${period}: كان ${was}، والآن ${now}.`,
  },
  attention: {
    threshold: (metric, value, limit, bound) => `${metric}: ${value}، ${limit === 'above' ? 'فوق' : 'تحت'} الحد ${bound}.`,
    target: (subject, times, value, seconds, n) => `${subject}: متوسط ${times} ${value}، ولم يتحقق الهدف ${seconds}، ${n}.`,
    wholeAccount: 'الحساب كله',
    unassigned: ({ text }, all) => `محادثات جديدة غير مسندة إلى أحد: ${text} من أصل ${all}.`,
    backlog: ({ text }) => `المحادثات الواردة أكثر من المحلولة بمقدار ${text}.`,
    worsened: (subject, metric, value, change, n) => `${subject}: ${metric} ${value}، ${change}، ${n}.`,
    more: (_, text) => `وحدود أو أهداف أخرى لم تتحقق: ${text}.`,
  },
  busy: {
    hour: (weekday, from) => `${weekday ? `${weekday} ` : ''}${from}–${from + 1}`,
    busiest: (hour, number) => `الأكثر ازدحامًا: ${hour} (${number}).`,
    quietest: (hour, number) => `الأهدأ بين 9 و17 من الاثنين إلى الجمعة: ${hour} (${number}).`,
    sum: ({ text }) => `${text} جديدة`,
    mean: (number) => `${number} جديدة في المتوسط`,
    axis: (n) => `${n} جديدة`,
    axisMean: (n) => `${n} جديدة في المتوسط`,
  },
  footer: {
    attribution: 'تُنسب الأعداد إلى صندوق الوارد والوكيل والفريق والتسميات الحالية للمحادثة؛ وتُنسب الأوقات إلى الوكيل الذي أجاب.',
    samples: '«العدد» هو عدد الحالات التي حُسب منها المتوسط؛ وما كان دون 5 لا يُقارن.',
    addedBy: (who, date) => `تصلك هذه الرسالة لأن ${who} أضافك في ${date}.`,
    added: (date) => `تصلك هذه الرسالة لأنك أُضفت إلى قائمتها في ${date}.`,
    listed: (digest, account) =>
      `تصلك هذه الرسالة لأن عنوانك في قائمة التقرير ${digest} من ${account}. يمكن لأي مسؤول في ${account} حذفه.`,
    ids: (digest, edition, delivery, snapshot) =>
      [`التقرير ${digest}`, edition, delivery && `التسليم ${delivery}`, `اللقطة ${snapshot}`].filter(Boolean).join(' · '),
  },
}
