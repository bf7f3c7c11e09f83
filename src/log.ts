import pino from 'pino'
import { config } from './config.ts'

/** JSON lines on stderr in production, readable ones on a terminal. Ids only: never an address, a name or a token. */
export const log = pino(
  { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
  config.logFormat === 'pretty'
    ? pino.transport({ target: 'pino-pretty', options: { destination: 2, ignore: 'hostname,pid', translateTime: 'HH:MM:ss' } })
    : pino.destination({ dest: 2, sync: true }),
)
