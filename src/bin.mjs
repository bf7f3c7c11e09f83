#!/usr/bin/env node
// What `npx tidemark` runs: the sources as they are, without a build. Production runs `node dist/src/tidemark.js`.
import { register } from 'tsx/esm/api'

register()
await import('./tidemark.ts')
