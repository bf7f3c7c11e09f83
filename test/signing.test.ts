import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { keptKey } from '../src/secret-key.ts'
import { LONGEST_TOKEN, readToken, signToken } from '../src/signing.ts'
import { root } from './support/sources.ts'

const KEY = 'a key that only this file of tests knows'
const DELIVERY = '6f1d6a6e-0c52-4a3e-9d53-0d0a0c9b6a11'

describe('tokens', () => {
  const token = signToken('unsubscribe', [3, DELIVERY], KEY)

  test('carry what was signed, stay the same, and need no escaping in an address', () => {
    expect(readToken('unsubscribe', token, KEY)).toEqual(['3', DELIVERY])
    expect(signToken('unsubscribe', [3, DELIVERY], KEY)).toBe(token)
    expect(encodeURIComponent(token)).toBe(token)
  })

  test('are valid for one purpose and one key', () => {
    expect(readToken('link', token, KEY)).toBeUndefined()
    expect(readToken('unsubscribe', token, `${KEY}.`)).toBeUndefined()
    expect(signToken('link', [3, DELIVERY], KEY)).not.toBe(token)
  })

  test('with any one character changed, left out or added are none', () => {
    const other = (character: string) => (character === 'a' ? 'b' : 'a')
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${other(token[at]!)}${token.slice(at + 1)}`
      expect(readToken('unsubscribe', changed, KEY)).toBeUndefined()
      expect(readToken('unsubscribe', token.slice(0, at) + token.slice(at + 1), KEY)).toBeUndefined()
    }
    for (const text of [`${token}0`, `0${token}`, token.toUpperCase(), `${token}\n`, '', '.', 'x'.repeat(LONGEST_TOKEN + 1)]) {
      expect(readToken('unsubscribe', text, KEY)).toBeUndefined()
    }
  })

  test('carry ids only', () => {
    for (const fields of [[], ['ana@example.com'], ['1.2'], [''], ['x'.repeat(101)], Array<string>(9).fill('x'.repeat(90))]) {
      expect(() => signToken('link', fields, KEY)).toThrow('a token carries ids only')
    }
  })
})

describe('the key', () => {
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'key-'))))
  afterAll(() => rm(folder, { recursive: true }))

  test('is made once, for its owner alone, by however many processes start at once', async () => {
    const directory = join(folder, 'new', 'data')
    const print = `import { keptKey } from './src/secret-key.ts'; console.log(keptKey(process.argv[1]))`
    const start = () => promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', print, directory], { cwd: root }) // prettier-ignore
    const keys = (await Promise.all([start(), start(), start()])).map(({ stdout }) => stdout.trim())
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]!.length).toBeGreaterThanOrEqual(32)
    expect(keptKey(directory)).toBe(keys[0])
    expect((await stat(join(directory, 'secret_key'))).mode & 0o777).toBe(0o600)
  })

  test('that somebody has cut short is not replaced behind his back', async () => {
    await writeFile(join(folder, 'secret_key'), 'short')
    expect(() => keptKey(folder)).toThrow('holds no key of at least 32 characters')
  })

  test('is required in production, and never a short one', () => {
    expect(() => readConfig({ NODE_ENV: 'production' })).toThrow('SECRET_KEY: is required in production')
    expect(() => readConfig({ SECRET_KEY: 'x'.repeat(31) })).toThrow('SECRET_KEY: must have at least 32 characters')
    expect(readConfig({ NODE_ENV: 'production', SECRET_KEY: 'x'.repeat(32) }).secretKey).toBe('x'.repeat(32))
  })
})
