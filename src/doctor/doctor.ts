import type { Config } from '../config.ts'
import { one } from '../db.ts'
import { make, type Check, type Patient, type Result } from './check.ts'
import { history } from './history.ts'
import { mail } from './mail.ts'
import { queue } from './queue.ts'
import { migrations, triggers } from './schema.ts'
import { connections, database, rights } from './server.ts'
import { disk, publicUrl, secret } from './settings.ts'
import { clocks, zones } from './time.ts'
import { backlog, heartbeats } from './work.ts'

/** Everything that is looked at, in the order in which it is told. */
export const checks: readonly Check[] = [
  database,
  rights,
  connections,
  migrations,
  triggers,
  zones,
  clocks,
  queue,
  heartbeats,
  backlog,
  history,
  mail,
  secret,
  publicUrl,
  disk,
]

export interface Examination {
  results: Result[]
  /** Names of the checks that were left out, because what they look at is not there. */
  leftOut: string[]
}

/**
 * Makes all checks side by side, each within `seconds`. Nothing is changed and no mail is sent. Those that need what another
 * check has found missing are left out.
 */
export async function examine(patient: Patient, seconds = 10): Promise<Examination> {
  const secrets = secretsOf(patient.config)
  const first = await make(database, patient, secrets, seconds)
  const reached = !/cannot be reached|no answer/.test(first.found)
  const there = reached && (await tablesAreThere(patient))
  const left = (check: Check) => (check.needs === 'database' && !reached) || (check.needs === 'tables' && !there)
  // The queue is the database's where there is no Redis.
  const leftOut = checks.filter((check) => left(check) || (check === queue && !reached && patient.config.redisUrl === undefined))
  const rest = checks.filter((check) => check !== database && !leftOut.includes(check))
  const results = await Promise.all(rest.map((check) => make(check, patient, secrets, seconds)))
  return { results: [first, ...results], leftOut: leftOut.map(({ name }) => name) }
}

async function tablesAreThere({ pool }: Patient): Promise<boolean> {
  const asked = one<{ there: boolean }>(pool, `select to_regclass('tidemark.accounts') is not null as there`)
  return asked.then(
    ({ there }) => there,
    () => false,
  )
}

/** What must not be shown, whoever repeats it in an error. */
function secretsOf({ databaseUrl, redisUrl, smtpUrl, secretKey, dkim }: Config): string[] {
  const passwords = [databaseUrl, redisUrl, smtpUrl].flatMap((url) => {
    if (url === undefined) return []
    if (!URL.canParse(url)) return [url]
    const { password } = new URL(url)
    return [password, decoded(password)]
  })
  return [...passwords, secretKey, dkim?.privateKey].filter((secret) => secret !== undefined && secret.length > 2) as string[]
}

/** As it is meant; a stray % is what another check finds wrong. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}
