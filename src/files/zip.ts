import { pipeline } from 'node:stream/promises'
import { crc32, createDeflateRaw } from 'node:zlib'
import { bytesOf, type Flow } from './chunks.ts'

/** A file of an archive. */
export interface ZipEntry {
  name: string
  content: Flow<string | Buffer>
}

/** 1980-01-01 00:00, the first moment that the format knows: date in the upper half, time in the lower. */
const EPOCH = 0x00210000
const VERSION = 20
/** Names are UTF-8; sizes follow the content, as they are not known before. */
const FLAGS = 0x0800 | 0x0008
const DEFLATED = 8

/** What is known of an entry only after its content. */
interface Tally {
  crc: number
  packed: number
  size: number
}

/**
 * A zip archive, chunk by chunk: one entry after the other is asked for its content, so that none is ever in memory as a
 * whole. The same entries give the same bytes, as no entry says when it was written.
 * @throws RangeError beyond 4 GB, which this form of the format cannot express
 */
export async function* zipChunks(entries: Flow<ZipEntry>): AsyncGenerator<Buffer> {
  const directory: Buffer[] = []
  let offset = 0
  for await (const { name, content } of entries) {
    const tally: Tally = { crc: 0, packed: 0, size: 0 }
    const header = localHeader(name)
    yield header
    for await (const chunk of deflated(content, tally)) {
      tally.packed += chunk.length
      yield chunk
    }
    const after = descriptor(tally)
    yield after
    directory.push(directoryEntry(name, tally, offset))
    offset += header.length + tally.packed + after.length
  }
  const listing = Buffer.concat(directory)
  yield listing
  yield endOfDirectory(directory.length, listing.length, offset)
}

/** Compressed on a thread of its own, at the pace of whoever reads. */
async function* deflated(content: ZipEntry['content'], tally: Tally): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw()
  const done = pipeline(measured(content, tally), deflate)
  // A failure of the content comes out of the loop below; when the reader stops early there is nobody to tell.
  done.catch(() => undefined)
  yield* deflate as AsyncIterable<Buffer>
  await done
}

async function* measured(content: ZipEntry['content'], tally: Tally): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    const bytes = bytesOf(chunk)
    tally.crc = crc32(bytes, tally.crc)
    tally.size += bytes.length
    yield bytes
  }
}

function localHeader(name: string): Buffer {
  const path = Buffer.from(name)
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(VERSION, 4)
  header.writeUInt16LE(FLAGS, 6)
  header.writeUInt16LE(DEFLATED, 8)
  header.writeUInt32LE(EPOCH, 10)
  header.writeUInt16LE(path.length, 26)
  return Buffer.concat([header, path])
}

function descriptor({ crc, packed, size }: Tally): Buffer {
  const after = Buffer.alloc(16)
  after.writeUInt32LE(0x08074b50, 0)
  after.writeUInt32LE(crc, 4)
  after.writeUInt32LE(packed, 8)
  after.writeUInt32LE(size, 12)
  return after
}

function directoryEntry(name: string, { crc, packed, size }: Tally, offset: number): Buffer {
  const path = Buffer.from(name)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(VERSION, 4)
  entry.writeUInt16LE(VERSION, 6)
  entry.writeUInt16LE(FLAGS, 8)
  entry.writeUInt16LE(DEFLATED, 10)
  entry.writeUInt32LE(EPOCH, 12)
  entry.writeUInt32LE(crc, 16)
  entry.writeUInt32LE(packed, 20)
  entry.writeUInt32LE(size, 24)
  entry.writeUInt16LE(path.length, 28)
  entry.writeUInt32LE(offset, 42)
  return Buffer.concat([entry, path])
}

function endOfDirectory(entries: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries, 8)
  end.writeUInt16LE(entries, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}
