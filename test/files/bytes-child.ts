// Writes every kind of file in a process of its own and prints the SHA-256 of each, as JSON.
import { createHash } from 'node:crypto'
import { fileFormats, filesOf } from '../../src/digests/files/snapshot-files.ts'
import { collected } from '../../src/files/chunks.ts'
import { workbookFile } from '../../src/files/workbook.ts'
import { acme } from '../digests/fixture.ts'
import { goldenContent } from './golden-content.ts'

const sha = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const files = filesOf(acme, fileFormats)
const sums = await Promise.all(files.map(async ({ name, chunks }) => [name, sha(await collected(chunks()))] as const))
console.log(JSON.stringify(Object.fromEntries([...sums, ['golden.xlsx', sha(await workbookFile(goldenContent()))]])))
