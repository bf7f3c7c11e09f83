import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The release, from package.json, which lies one folder up from the sources and two from the build. */
export const version: string = readVersion(['../package.json', '../../package.json'])

function readVersion(places: string[]): string {
  for (const place of places) {
    try {
      const found = JSON.parse(readFileSync(fileURLToPath(new URL(place, import.meta.url)), 'utf8')) as Record<string, string>
      if (found.name === 'tidemark' && found.version) return found.version
    } catch {
      continue
    }
  }
  return 'unknown'
}
