import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { root } from './sources.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the compiled program of this run. */
    build: string
  }
}

/**
 * Compiles the program, and those of the tests, once for the whole run, and again when watched files change: a process of it starts in half the
 * processor's time that the sources take (a worker 2.1 s instead of 4.3 s), and the tests start hundreds. Types are checked
 * elsewhere. The folder lies within the project, where the program finds its packages.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const parent = join(root, '.tidemark')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'test-build-'))
  const build = async () => {
    const options = ['-p', 'test/programs.tsconfig.json', '--noCheck', '--declaration', 'false']
    await promisify(execFile)(process.execPath, ['build.mjs', folder, ...options], { cwd: root })
  }
  await build()
  project.onTestsRerun(build)
  project.provide('build', folder)
  return () => rm(folder, { recursive: true, force: true })
}

/**
 * The arguments of Node.js that run a program of the project, compiled: its own, or one of the tests that test/programs.tsconfig.json
 * names. The benchmarks, which are no test run, have nothing compiled and run the sources.
 */
export const programArguments = (program = 'src/tidemark.ts'): string[] =>
  process.env.VITEST === undefined
    ? ['--import', 'tsx', join(root, program)]
    : [join(inject('build'), program.replace(/\.ts$/, '.js'))]
