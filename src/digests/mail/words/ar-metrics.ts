import type { MetricWords } from './words.ts'

export const metrics: MetricWords = {
  conversations_count: {
    title: 'المحادثات',
    definition: 'المحادثات التي بدأت في الفترة أيًا كانت حالتها، وتُنسب إلى صندوقها ووكيلها وفريقها وتسمياتها الحالية.',
  },
  resolutions_count: {
    title: 'مرات الحل',
    definition: 'عدد مرات حل المحادثات؛ والمحادثة التي يُعاد فتحها ثم تُحل تُحتسب مرة أخرى.',
  },
  avg_first_response_time: {
    title: 'وقت الاستجابة الأولى',
    definition: 'متوسط الوقت من بدء المحادثة (أو تحويلها أو إعادة فتحها) إلى أول رد بشري.',
  },
  avg_resolution_time: { title: 'وقت الحل', definition: 'متوسط الوقت من إنشاء المحادثة إلى حلها.' },
  reply_time: {
    title: 'وقت انتظار العميل',
    definition: 'متوسط الوقت من أول رسالة للعميل لم يُرد عليها إلى الرد، دون الاستجابات الأولى.',
  },
  incoming_messages_count: { title: 'الرسائل الواردة', definition: 'رسائل العملاء.' },
  outgoing_messages_count: {
    title: 'الرسائل الصادرة',
    definition: 'رسائل الوكلاء والروبوتات وواجهة البرمجة والحملات، ومنها الملاحظات الخاصة؛ ورسائل الوكيل هي ما كتبه.',
  },
  bot_resolutions_count: {
    title: 'حلول الروبوت',
    definition: 'المحادثات التي حلّها روبوت ولم تُحوَّل إلى شخص في الفترة.',
  },
  bot_handoffs_count: { title: 'تحويلات الروبوت', definition: 'المحادثات التي حوّلها روبوت إلى شخص في الفترة.' },
  csat_score: { title: 'رضا العملاء', definition: 'نسبة التقييمات بدرجة 4 أو 5.' },
  csat_rating: { title: 'تقييم رضا العملاء', definition: 'متوسط التقييم من 1 إلى 5.' },
  csat_responses_count: { title: 'ردود رضا العملاء', definition: 'الردود على استبيانات الرضا.' },
  csat_surveys_count: { title: 'استبيانات رضا العملاء', definition: 'استبيانات الرضا المرسلة.' },
  csat_response_rate: {
    title: 'معدل الرد على الاستبيانات',
    definition: 'عدد الردود لكل استبيان مرسل، وكلاهما محسوب في الفترة.',
  },
  open_conversations_count: {
    title: 'مفتوحة في النهاية',
    definition: 'المحادثات التي لم تكن محلولة (مفتوحة أو معلّقة أو مؤجّلة) عند نهاية الفترة، بحسب آخر حل أو فتح لها.',
  },
}
