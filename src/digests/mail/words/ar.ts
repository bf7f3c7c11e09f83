import { figures } from './ar-figures.ts'
import { files } from './ar-files.ts'
import { metrics } from './ar-metrics.ts'
import { conversations, sentences } from './ar-sentences.ts'
import { plurals, type Forms } from './plural.ts'
import type { TableWords, Words } from './words.ts'

const counted = plurals('ar')

const table = (title: string, kind: string, none: string, forms: Forms): TableWords => ({
  title,
  kind,
  count: (n, text) => counted(n, text, forms),
  none,
  unnamed: (id) => `${kind} ${id}`,
})

export const arabic: Words = {
  language: 'ar',
  direction: 'rtl',
  quoted: (name) => `«${name}»`,
  list: (items) => items.join('، '),
  title: {
    daily: 'تقرير الدعم اليومي',
    weekly: 'تقرير الدعم الأسبوعي',
    monthly: 'تقرير الدعم الشهري',
    other: 'تقرير الدعم',
  },
  edition: (n) => `الإصدار ${n}`,
  thisPeriod: { daily: 'هذا اليوم', weekly: 'هذا الأسبوع', monthly: 'هذا الشهر', other: 'هذه الفترة' },
  previousPeriod: {
    daily: 'اليوم السابق',
    weekly: 'الأسبوع السابق',
    monthly: 'الشهر السابق',
    other: 'الفترة السابقة',
    year: 'العام السابق',
  },
  comparedWith: (period) => `مقارنةً مع ${period}`,
  comparedWithYear: {
    daily: (period) => `مقارنةً مع اليوم نفسه قبل عام، ${period}`,
    weekly: (period) => `مقارنةً مع الأسبوع نفسه قبل عام، ${period}`,
    monthly: (period) => `مقارنةً مع الشهر نفسه قبل عام، ${period}`,
    other: (period) => `مقارنةً مع الأيام نفسها قبل عام، ${period}`,
  },
  comparisonPurged: 'بلا مقارنة، لأن سجلات الفترة السابقة لم تعد محفوظة',
  comparisonStarts: {
    daily: 'تبدأ المقارنة من اليوم التالي',
    weekly: 'تبدأ المقارنة من الأسبوع القادم',
    monthly: 'تبدأ المقارنة من الشهر القادم',
    other: 'تبدأ المقارنة من الفترة القادمة',
    year: 'لم يُسجَّل شيء قبل عام',
  },
  allHours: 'كل الساعات',
  businessHours: 'ساعات العمل فقط',
  businessDays: {
    counts: (current, previous) => `أيام العمل: ${current}، وقبلها ${previous}`,
    compared: 'تُقارن الأعداد لكل يوم عمل.',
  },
  scope: (parts) => `فقط ${parts.join(' · ')}`,
  scopePart: {
    inbox: (names) => `صناديق الوارد: ${names}`,
    team: (names) => `الفرق: ${names}`,
    agent: (names) => `الوكلاء: ${names}`,
    label: (names) => `التسميات: ${names}`,
  },
  headings: {
    inShort: 'باختصار',
    keyFigures: 'الأرقام الرئيسية',
    corrections: 'أرقام مصحّحة',
    attention: 'يحتاج إلى انتباه',
    trend: { hour: 'ساعة بساعة', day: 'يومًا بيوم', week: 'أسبوعًا بأسبوع' },
    busy: 'أوقات الازدحام',
    files: 'الملفات',
  },
  tables: {
    agents: table('الوكلاء', 'الوكيل', 'غير مسند', {
      zero: 'لا وكلاء',
      one: 'وكيل واحد',
      two: 'وكيلان',
      few: '# وكلاء',
      many: '# وكيلًا',
      other: '# وكيل',
    }),
    teams: table('الفرق', 'الفريق', 'بدون فريق', {
      zero: 'لا فرق',
      one: 'فريق واحد',
      two: 'فريقان',
      few: '# فرق',
      many: '# فريقًا',
      other: '# فريق',
    }),
    inboxes: table('صناديق الوارد', 'صندوق الوارد', 'بدون صندوق وارد', {
      zero: 'لا صناديق وارد',
      one: 'صندوق وارد واحد',
      two: 'صندوقا وارد',
      few: '# صناديق وارد',
      other: '# صندوق وارد',
    }),
    labels: table('التسميات', 'التسمية', 'بدون تسمية', {
      zero: 'لا تسميات',
      one: 'تسمية واحدة',
      two: 'تسميتان',
      few: '# تسميات',
      other: '# تسمية',
    }),
  },
  columns: {
    conversations: 'محادثات',
    resolved: 'محلولة',
    firstResponse: 'الاستجابة الأولى',
    n: 'العدد',
    change: 'التغيّر',
  },
  metrics,
  tiles: (metric, rhythm) =>
    metric === 'open_conversations_count'
      ? {
          daily: 'مفتوحة في نهاية اليوم',
          weekly: 'مفتوحة في نهاية الأسبوع',
          monthly: 'مفتوحة في نهاية الشهر',
          other: 'مفتوحة في النهاية',
        }[rhythm]
      : {
          conversations_count: 'محادثات جديدة',
          resolutions_count: 'محلولة',
          avg_first_response_time: 'الاستجابة الأولى',
          avg_resolution_time: 'وقت الحل',
          reply_time: 'انتظار العميل',
          csat_score: 'رضا العملاء',
        }[metric as string],
  times: { first_response: 'وقت الاستجابة الأولى', reply: 'وقت انتظار العميل', resolution: 'وقت الحل' },
  spoken: {
    conversations_count: 'محادثات جديدة',
    resolutions_count: 'مرات الحل',
    avg_first_response_time: 'وقت الاستجابة الأولى',
    avg_resolution_time: 'وقت الحل',
    reply_time: 'وقت انتظار العميل',
    csat_score: 'رضا العملاء',
  },
  since: (date) => `منذ ${date}`,
  samples: (n) => `العدد ${n}`,
  had: ({ n, text }) => `سابقًا ${counted(n, text, conversations)}`,
  topOf: (some, all) => `أول ${some} من ${all}`,
  more: (_, text, where) => `و${text} غيرها${where === 'workbook' ? ' في المصنّف' : ''}`,
  overlap: 'المحادثة التي تحمل عدة تسميات تُحتسب في كل منها؛ فلا تُجمع الصفوف.',
  trend: {
    hour: 'المحادثات الجديدة في كل ساعة.',
    day: 'المحادثات الجديدة في كل يوم.',
    week: 'المحادثات الجديدة في كل أسبوع.',
  },
  heatmap: {
    sum: 'المحادثات الجديدة حسب يوم الأسبوع والساعة.',
    mean: 'المحادثات الجديدة حسب يوم الأسبوع والساعة، في المتوسط.',
  },
  attachments: {
    tooLarge: (size) => `الملفات أكبر من أن تُرفق (${size}). يمكن لمسؤول إنشاؤها بالأمر «tidemark digest preview».`,
    expires: (date) => `تنتهي صلاحية هذه الروابط في ${date}.`,
  },
  links: {
    view: 'فتح التقرير الكامل',
    workbook: 'تنزيل المصنّف',
    file: 'تنزيل الملفات',
    manage: 'الإدارة',
    unsubscribe: 'إلغاء الاشتراك',
    definitions: 'التعريفات',
  },
  ...figures,
  ...sentences,
  ...files,
}
