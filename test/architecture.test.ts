import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, sourcesIn } from './support/sources.ts'
import type { Source } from './support/sources.ts'

const src = sourcesIn('src', '.ts', '.mjs')
const jobs = sourcesIn('jobs', '.ts')
const everything = [...src, ...jobs]

/** The paths of the files that match, beside those that may. */
function offenders(pattern: RegExp, ...allowed: string[]): string[] {
  return everything.filter(({ path, code }) => pattern.test(code) && !allowed.includes(path)).map(({ path }) => path)
}

const importersOf = (name: string) => everything.filter(({ imports }) => imports.includes(name)).map(({ path }) => path)

test('only the clock asks the machine for the time', () => {
  expect(
    offenders(/\bDate\.now\b|\bnew Date\(\s*\)|\bDateTime\.(now|local\(\s*\)|utc\(\s*\))|\bTemporal\.Now\b/, 'src/clock.ts'),
  ).toEqual([])
})

test('only the configuration reads the environment', () => {
  expect(offenders(/\bprocess\.env\b|\benv\b[^\n]*\bfrom 'node:process'/, 'src/config.ts')).toEqual([])
})

test('bullmq is known to the queue and the worker only; the mailer and the workbook writer to one file each', () => {
  expect(importersOf('bullmq').filter((path) => !['src/queue.ts', 'src/worker.ts'].includes(path))).toEqual([])
  expect(importersOf('nodemailer').length).toBeLessThanOrEqual(1)
  expect(importersOf('exceljs').length).toBeLessThanOrEqual(1)
})

test('src does not know the jobs; only the program that puts everything together does', () => {
  const knowing = src.filter(({ imports }) => imports.some((path) => path.startsWith('jobs/')))
  expect(knowing.map(({ path }) => path).filter((path) => path !== 'src/tidemark.ts')).toEqual([])
})

test('no file is longer than 250 lines', () => {
  const files = ['src', 'jobs'].flatMap((folder) => sourcesIn(folder, '.ts', '.mjs', '.js', '.sql', '.css'))
  const long = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 })).filter(({ lines }) => lines > 250)
  expect(long).toEqual([])
})

test('a lower layer does not import a higher one: time, source, rollups, reports, digests', () => {
  const layers = ['time', 'source', 'rollups', 'reports', 'digests']
  const layerOf = (path: string) => layers.indexOf(/^src\/([^/]+)\//.exec(path)?.[1] ?? '')
  const upward = src.flatMap(({ path, imports }) =>
    layerOf(path) < 0
      ? []
      : imports.filter((target) => layerOf(target) > layerOf(path)).map((target) => `${path} imports ${target}`),
  )
  expect(upward).toEqual([])
})

test('no files import each other in a circle', () => {
  expect(findCycles(everything)).toEqual([])
})

/** Every circle once, as the chain of its files, found on a depth-first walk. */
function findCycles(sources: Source[]): string[] {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const target of importsOf.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return cycles
}

test('every statement on tenant data names the account', () => {
  const tables = tenantTables()
  expect(tables).toEqual(expect.arrayContaining(['conversations', 'messages', 'reporting_events']))
  const reads = new RegExp(`\\b(from|join|update|into|using)\\s+(only\\s+)?(\\w+\\.)?(${tables.join('|')})\\b`, 'i')
  const statements = sourcesIn('src', '.sql').map(({ path, text }) => ({ path, sql: text.replace(/--.*$/gm, '') }))
  expect(statements.filter(({ sql }) => reads.test(sql) && !/\baccount_id\b/.test(sql)).map(({ path }) => path)).toEqual([])
})

/** The tables with a column `account_id`, from the migrations. */
function tenantTables(): string[] {
  const ddl = sourcesIn('migrations', '.sql').map(({ text }) => text.replace(/--.*$/gm, ''))
  const tables = ddl.flatMap((text) => [
    ...text.matchAll(/create table (?:if not exists )?(?:\w+\.)?(\w+)\s*\(([\s\S]*?)\)[^;()]*;/gi),
  ])
  return tables.filter(([, , columns = '']) => /\baccount_id\b/.test(columns)).map(([, name = '']) => name)
}

test('the lock file names no registry, so that it installs from whichever one is configured', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  expect(lock.match(/"resolved": "http[^"]*/g) ?? []).toEqual([])
})
