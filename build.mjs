// `npm run build`: compiles src and jobs into dist and lays beside them whatever else they read at run time, in the same
// places, so that `node dist/src/tidemark.js` finds its files as the sources do. `node build.mjs <folder> <options of tsc>`
// builds somewhere else.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

const [out = 'dist', ...options] = process.argv.slice(2)
rmSync(out, { recursive: true, force: true })

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '--outDir', out, ...options], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

// The compiler has dealt with these; what is left are .sql, .json, styles, scripts for the browser…
const compiled = new Set(['.ts', '.mjs'])
const isAsset = (path) => statSync(path).isDirectory() || !compiled.has(extname(path))

for (const folder of ['src', 'jobs']) cpSync(folder, join(out, folder), { recursive: true, filter: isAsset })
for (const whole of ['migrations', 'templates', 'package.json']) cpSync(whole, join(out, whole), { recursive: true })
