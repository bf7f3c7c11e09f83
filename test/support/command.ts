import { spawn } from 'node:child_process'
import { programArguments } from './program.ts'

export interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs `tidemark` as a process of its own with the given environment on top, and waits for its end. Standard input is closed,
 * or is `input`.
 */
export function tidemark(args: string[], env: Record<string, string>, input?: string): Promise<Finished> {
  const child = spawn(process.execPath, [...programArguments(), ...args], {
    env: { ...process.env, LOG_LEVEL: 'warn', LOG_FORMAT: 'json', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(input)
  const finished: Finished = { code: null, stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk: Buffer) => (finished.stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (finished.stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ ...finished, code }))
  })
}
