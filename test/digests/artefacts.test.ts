// Which files a mail carries, which it leaves to a link, and how a file of a snapshot is had by its name.
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { artefactsOf, encodedSize } from '../../src/digests/files/artefacts.ts'
import { composeMessage } from '../../src/digests/delivery/letter.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { fileOf, filesOf, fileStem } from '../../src/digests/files/snapshot-files.ts'
import { collected } from '../../src/files/chunks.ts'
import { parseCsv } from '../support/csv.ts'
import { unzip } from '../support/unzip.ts'
import { acme, acmeWith, entity } from './fixture.ts'

const names = ['acme-support-weekly-2026-05-04.csv', 'acme-support-weekly-2026-05-04-daily.csv', 'acme-support-weekly-2026-05-04-csv.zip', 'acme-support-weekly-2026-05-04.xlsx'] // prettier-ignore
const all = ['inline', 'csv', 'zip', 'xlsx'] as const
const contentOf = async (name: string, snapshot = acme) => collected(fileOf(snapshot, name)!.chunks())

test('the files of each format, by name and type, in the order in which they are listed', () => {
  expect(filesOf(acme, all).map(({ name }) => name)).toEqual(names)
  expect(filesOf(acme, ['xlsx', 'csv']).map(({ name, type }) => [name.replace(/^.*\./, ''), type])).toEqual([
    ['csv', 'text/csv; charset=utf-8'],
    ['csv', 'text/csv; charset=utf-8'],
    ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ])
  expect(filesOf(acme, ['inline'])).toEqual([])
})

test('names say account and period, in ASCII', () => {
  expect(fileStem(acmeWith({ cadence: 'daily' }))).toBe('acme-support-daily-2026-05-04')
  expect(fileStem(acmeWith({ cadence: 'monthly', account: { id: 7, name: 'Müller & Söhne' } }))).toBe('muller-sohne-monthly-2026-05-04')
  expect(fileStem(acmeWith({ cadence: 'other', account: { id: 7, name: 'مكتب' } }))).toBe('account-7-2026-05-04-2026-05-10')
}) // prettier-ignore

test('a file by its name has the bytes that were attached, whichever formats the digest sends', async () => {
  const { attachments } = await artefactsOf(acme, all)
  expect(attachments.map(({ name }) => name)).toEqual(names)
  for (const { name, content } of attachments) expect((await contentOf(name)).equals(content)).toBe(true)
  expect(fileOf(acme, 'acme-support-weekly-2026-05-04.pdf')).toBeUndefined()
  expect(fileOf(acme, '../acme-support-weekly-2026-05-04.csv')).toBeUndefined()
})

test('the archive holds the CSV files, byte by byte, and no time', async () => {
  const archive = unzip(await contentOf(names[2]!))
  expect([...archive.keys()]).toEqual(names.slice(0, 2))
  for (const [name, { text, time }] of archive) {
    expect(text).toBe((await contentOf(name)).toString())
    expect(time).toBe(0x00210000)
  }
  expect((await contentOf(names[2]!)).equals(await contentOf(names[2]!))).toBe(true)
})

test('fields are separated by what the digest asks for', async () => {
  for (const [csvDelimiter, sign] of [[',', ','], [';', ';'], ['tab', '\t']] as const) {
    for (const name of names.slice(0, 2)) {
      const text = (await contentOf(name, acmeWith({ csvDelimiter }))).toString()
      expect(text.startsWith(`\ufeffaccount_id${sign}`)).toBe(true)
      expect(parseCsv(text.slice(1), sign)[1]![0]).toBe('7')
    }
  }
}) // prettier-ignore

test('what files weigh is counted as they are sent', async () => {
  const artefacts = await artefactsOf(acme, all)
  const letter = { file: '', messageId: '<1@desk.example>', recipient: 'ana@example.com', mail: mailOf(acme, artefacts), date: 0 }
  const bare = await composeMessage({ ...letter, artefacts: { ...artefacts, attachments: [] } }, 'Tidemark <t@desk.example>')
  for (const file of artefacts.attachments) {
    const mail = await composeMessage(
      { ...letter, artefacts: { ...artefacts, attachments: [file] } },
      'Tidemark <t@desk.example>',
    )
    const added = mail.length - bare.length
    // Beside the file there are the headers of its part.
    expect(added).toBeGreaterThan(encodedSize(file.content.length))
    expect(added - encodedSize(file.content.length)).toBeLessThan(700)
  }
})

test('files are attached up to the limit, and all of them linked beyond it, with their sizes', async () => {
  const { attachments, pictures } = await artefactsOf(acme, all)
  const weight = [...attachments, ...pictures].reduce((sum, { content }) => sum + encodedSize(content.length), 0)
  const within = await artefactsOf(acme, all, weight)
  expect([within.attachments.length, within.linked]).toEqual([4, []])
  const beyond = await artefactsOf(acme, all, weight - 1)
  expect(beyond.attachments).toEqual([])
  expect(beyond.linked).toEqual(attachments.map(({ name, content }) => ({ name, size: content.length })))
  expect(beyond.pictures).toHaveLength(4)
  expect((await artefactsOf(acme, ['csv'], 0)).linked.map(({ name }) => name)).toEqual(names.slice(0, 2))
  expect((await artefactsOf(acme, ['inline'], 0)).linked).toEqual([])
})

test('twelve megabytes are not attached, and the mail says so; in an archive they are', async () => {
  const labels = Array.from({ length: 17_000 }, (_, i) =>
    entity(i + 1, `label-${i}-`.padEnd(250, 'x'), [i, i + 1], [i, i], [i, 20, i + 1, 20]),
  )
  const large = acmeWith({ tables: { ...acme.tables, labels } })
  const csv = await artefactsOf(large, ['csv'])
  expect(csv.attachments).toEqual([])
  expect(csv.linked[0]!.size).toBeGreaterThan(12 * 1024 * 1024)
  const { text } = mailOf(acme, csv)
  expect(text).toMatch(/1\d\.\d MB/)
  const zip = await artefactsOf(large, ['zip'])
  expect(zip.linked).toEqual([])
  expect(zip.attachments[0]!.content.length).toBeLessThan(3 * 1024 * 1024)
})

test('the limit is configured in megabytes', () => {
  expect(readConfig({}).maxAttachmentBytes).toBe(10 * 1024 * 1024)
  expect(readConfig({ MAX_ATTACHMENT_MB: '2.5' }).maxAttachmentBytes).toBe(2.5 * 1024 * 1024)
  expect(readConfig({ MAX_ATTACHMENT_MB: '0' }).maxAttachmentBytes).toBe(0)
  for (const value of ['-1', 'ten', '1000']) expect(() => readConfig({ MAX_ATTACHMENT_MB: value })).toThrow('MAX_ATTACHMENT_MB')
})
