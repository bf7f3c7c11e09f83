import { inflateRawSync } from 'node:zlib'

/** The files of a zip archive, by name, with the time (DOS format) that each says it was written at. */
export function unzip(zip: Buffer): Map<string, { text: string; time: number }> {
  const files = new Map<string, { text: string; time: number }>()
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'))
  let entry = zip.readUInt32LE(end + 16)
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    const [nameLength, extra, comment] = [28, 30, 32].map((at) => zip.readUInt16LE(entry + at)) as [number, number, number]
    const name = zip.toString('utf8', entry + 46, entry + 46 + nameLength)
    const header = zip.readUInt32LE(entry + 42)
    const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
    const data = zip.subarray(start, start + zip.readUInt32LE(entry + 20))
    const text = zip.readUInt16LE(entry + 10) === 8 ? inflateRawSync(data).toString() : data.toString()
    files.set(name, { text, time: zip.readUInt32LE(header + 10) })
    entry += 46 + nameLength + extra + comment
  }
  return files
}
