const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
/** 1980-01-01 00:00 in the format of zip: date in the upper half, time in the lower. */
const EPOCH = 0x00210000

/**
 * A zip archive with the time of every entry set to 1980-01-01, in place: the library that packs it writes the present
 * time into each, and then the same content would never give the same bytes.
 * @throws Error when the bytes are no zip archive
 */
export function fixedZipTimes(zip: Buffer): Buffer {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || zip.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('not a zip archive')
  const entries = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < entries; i++) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('broken zip directory')
    zip.writeUInt32LE(EPOCH, at + 12)
    zip.writeUInt32LE(EPOCH, zip.readUInt32LE(at + 42) + 10)
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return zip
}
