import { text, type Cell } from '../../src/files/sheet.ts'
import type { WorkbookContent } from '../../src/files/workbook.ts'

const kinds = ['count', 'seconds', 'percent', 'rating', 'count change', 'seconds change', 'percent change', 'rating change', 'share change', 'id'] as const // prettier-ignore

/** A small workbook with everything that one may hold. */
export const goldenContent = (): WorkbookContent => ({
  title: 'Acme: weekly, 2026-05-04',
  at: 1_778_486_400,
  sheets: [
    {
      name: 'All kinds',
      title: 'Acme: all kinds',
      note: 'Mon 4 – Sun 10 May 2026 · Europe/Berlin',
      header: ['Name', 'Date', 'Moment (Europe/Berlin)', ...kinds],
      total: [text('Account total'), { value: null, kind: 'date' }, { value: null, kind: 'moment' }, ...cells(100)],
      rows: [
        [text('=1+1'), { value: '2026-05-04', kind: 'date' }, { value: '2026-05-04T13:30:00', kind: 'moment' }, ...cells(75_600)],
        [text('Sofía <&> "日本" مرحبا'), { value: '2026-05-05', kind: 'date' }, { value: null, kind: 'moment' }, ...cells(-0.25)],
        [text('nothing'), { value: null, kind: 'date' }, { value: null, kind: 'moment' }, ...cells(null)],
      ],
    },
    {
      name: 'Hours',
      title: 'Acme: hours',
      note: '',
      header: ['Weekday', '00:00', '01:00'],
      total: [],
      rows: ['Monday', 'Tuesday'].map((day, i) => [text(day), { value: i, kind: 'count' }, { value: 2 * i, kind: 'count' }]),
      shaded: [1, 2],
    },
  ],
  texts: [
    { name: 'Definitions', widths: [28, 70, 24], rows: [['Metric', 'Definition', 'Unit'], ['CSAT', 'Share of …', '%']].map((row) => row.map(text)) },
    { name: 'About', widths: [26, 80], rows: [[text('Account'), text('Acme (7)')]] },
  ],
}) // prettier-ignore

function cells(value: number | null): Cell[] {
  return kinds.map((kind, i): Cell => ({
    value,
    kind,
    ...(kind.endsWith('change') ? { direction: i % 2 ? 'higher' : 'lower' } : {}),
  }))
}
