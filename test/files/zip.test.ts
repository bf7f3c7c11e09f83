import { setTimeout as pause } from 'node:timers/promises'
import { crc32, inflateRawSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { collected } from '../../src/files/chunks.ts'
import { zipChunks, type ZipEntry } from '../../src/files/zip.ts'
import { unzip } from '../support/unzip.ts'

const pattern = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 251))
const noise = (length: number) => pattern.subarray(0, length)
const files = (): ZipEntry[] => [
  { name: 'a.csv', content: ['one,', 'two\r\n'] },
  { name: 'ordner/größe – 日本.txt', content: [Buffer.from('ä'), '', 'ö'] },
  { name: 'empty', content: [] },
  { name: 'large.bin', content: Array.from({ length: 50 }, (_, i) => noise(20_000 + i)) },
]

test('every file comes out as it went in, under its name, with a true checksum and no time', async () => {
  const zip = await collected(zipChunks(files()))
  const read = unzip(zip)
  expect([...read.keys()]).toEqual(files().map(({ name }) => name))
  for (const { name, content } of files()) {
    expect(read.get(name)!.text).toBe((await collected(content as unknown as AsyncIterable<Buffer>)).toString())
    expect(read.get(name)!.time).toBe(0x00210000)
  }
  expect(checksums(zip).every(([said, true_]) => said === true_)).toBe(true)
})

/** The checksum that the directory says for each entry, and the one that its content has. */
function checksums(zip: Buffer): [number, number][] {
  const found: [number, number][] = []
  for (let at = zip.indexOf('PK\u0001\u0002', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\u0001\u0002', at + 46, 'latin1')) {
    const header = zip.readUInt32LE(at + 42)
    const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
    found.push([zip.readUInt32LE(at + 16), crc32(inflateRawSync(packed))])
  }
  return found
}

test('the same files give the same bytes, at any time of day and however slowly they are read or given', async () => {
  const first = await collected(zipChunks(files()))
  vi.useFakeTimers({ now: new Date('2031-01-02T03:04:05Z'), toFake: ['Date'] })
  const slow = files().map(({ name, content }) => ({ name, content: slowly(content as Iterable<string | Buffer>) }))
  const parts: Buffer[] = []
  for await (const chunk of zipChunks(slow)) {
    parts.push(chunk)
    await pause(1)
  }
  vi.useRealTimers()
  expect(Buffer.concat(parts).equals(first)).toBe(true)
})

async function* slowly<T>(chunks: Iterable<T>): AsyncGenerator<T> {
  for (const chunk of chunks) {
    await pause(1)
    yield chunk
  }
}

test('a file is asked for its content only when the one before it is done, and closed when the reader stops', async () => {
  const log: string[] = []
  async function* content(name: string, chunks: number) {
    log.push(`${name} begins`)
    try {
      for (let i = 0; i < chunks; i++) yield noise(50_000 + i)
    } finally {
      log.push(`${name} ends`)
    }
  }
  const entries = [{ name: 'a', content: content('a', 3) }, { name: 'b', content: content('b', 1000) }]
  for await (const chunk of zipChunks(entries)) if (log.includes('b begins') && chunk.length > 1000) break
  await vi.waitFor(() => expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']))
}) // prettier-ignore

test('a failure of a file reaches the reader', async () => {
  async function* broken() {
    yield 'a'
    await pause(1)
    throw new Error('the cursor is gone')
  }
  await expect(collected(zipChunks([{ name: 'a', content: broken() }]))).rejects.toThrow('the cursor is gone')
})
