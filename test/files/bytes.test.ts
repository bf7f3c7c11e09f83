// Gate: the same figures give the same bytes, in any run of any process, at any time, in any place.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { dailyCsv, periodCsv } from '../../src/digests/files/csv.ts'
import { collected } from '../../src/files/chunks.ts'
import { workbookFile } from '../../src/files/workbook.ts'
import { acme } from '../digests/fixture.ts'
import { programArguments } from '../support/program.ts'
import { unzip } from '../support/unzip.ts'
import { goldenContent } from './golden-content.ts'

const run = async (env: Record<string, string>) => {
  const options = { env: { ...process.env, ...env } }
  const { stdout } = await promisify(execFile)(process.execPath, programArguments('test/files/bytes-child.ts'), options)
  return JSON.parse(stdout) as Record<string, string>
}

test('processes in other zones and languages write the same bytes', async () => {
  const [here, there] = await Promise.all([
    run({ TZ: 'UTC', LANG: 'C', LC_ALL: 'C' }),
    run({ TZ: 'Pacific/Apia', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8', UV_THREADPOOL_SIZE: '1' }),
  ])
  expect(Object.keys(here)).toHaveLength(5)
  expect(there).toEqual(here)
})

test('CSV files are what they were', async () => {
  const lines = async (chunks: AsyncIterable<string>) => (await collected(chunks)).toString().replaceAll('\r\n', '\n').slice(1)
  await expect(await lines(periodCsv(acme))).toMatchFileSnapshot('golden/period.csv')
  await expect(await lines(dailyCsv(acme))).toMatchFileSnapshot('golden/daily.csv')
})

// Not the archive's bytes: how it is compressed may differ from one Node.js to the next.
test('the XML of a workbook is what it was, part by part', async () => {
  const parts = unzip(await workbookFile(goldenContent()))
  const shown = [...parts].filter(([name]) => name !== 'xl/theme/theme1.xml').map(([name, { text }]) => `=== ${name}\n${broken(text)}`)
  await expect(shown.join('\n')).toMatchFileSnapshot('golden/workbook.txt')
  expect(parts.get('xl/theme/theme1.xml')!.text.length).toBeGreaterThan(1000)
}) // prettier-ignore

/** A line for each row and each other part of a sheet, so that a change can be read. */
const broken = (xml: string) => xml.replace(/<(?=row |\/sheetData|sheetData|conditionalFormatting|pageMargins|pageSetup|cfRule|xf |font>|Override|sheet |sheetViews)/g, '\n<') // prettier-ignore
