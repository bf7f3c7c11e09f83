import { access, constants, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fail, ok, warn, type Check } from './check.ts'

const [MB, GB] = [1024 ** 2, 1024 ** 3]
/** Distinct characters that a random key of its length never falls short of. */
const FEWEST_CHARACTERS = 10

/** Whether the links of mails are signed with a key that nobody guesses, and that stays. */
export const secret: Check = {
  name: 'secret key',
  async look({ config }) {
    const { secretKey } = config
    if (secretKey === undefined) return ok('made at first use, in DATA_DIR/secret_key: back it up with the database')
    if (new Set(secretKey).size < FEWEST_CHARACTERS) {
      return fail(
        'SECRET_KEY can be guessed',
        'Take what `openssl rand -base64 32` prints. Links in mails that were sent are dead then.',
      )
    }
    return ok('set')
  },
}

/** Whether those who get a mail can open its links. */
export const publicUrl: Check = {
  name: 'public URL',
  async look({ config }) {
    const { hostname, protocol } = new URL(config.publicUrl)
    const local = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1?\]|0\.0\.0\.0)$/.test(hostname)
    const found = `links in mail lead to ${new URL(config.publicUrl).origin}`
    if (local && config.production) return fail(found, 'Set PUBLIC_URL to where others reach the web process.')
    if (local) return ok(found)
    if (protocol !== 'https:') return warn(found, 'Use https: one-click unsubscribe (RFC 8058) needs it.')
    return ok(found)
  },
}

/** Whether DATA_DIR can be written to and has room for what is kept there. */
export const disk: Check = {
  name: 'disk',
  async look({ config }) {
    const folder = await nearest(resolve(config.dataDir))
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (!writable) return fail(`${folder} cannot be written to`, 'Let the user of the processes own DATA_DIR.')
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    const found = `${(free / GB).toFixed(1)} GB free for DATA_DIR (${resolve(config.dataDir)})`
    if (free < 100 * MB) return fail(found, 'Make room.')
    return free < GB ? warn(found, 'Make room.') : ok(found)
  },
}

/** The folder itself, or the nearest above it that is there: it is made when it is needed. */
async function nearest(folder: string): Promise<string> {
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  return there || dirname(folder) === folder ? folder : nearest(dirname(folder))
}
