import { z } from 'zod'
import { certificates, fileOrText, rsaPrivateKey } from './config-files.ts'
import { Refusal } from './errors.ts'
import { printedSettings, type PrintedSetting } from './printed-settings.ts'

const boolean = z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1')
const text = z.string().trim().min(1)
const port = z.coerce.number().int().min(0).max(65535)
const host = z
  .string()
  .regex(
    /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*$/,
    'must be a name such as example.com',
  )
/** A URL with one of these schemes. What is wrong with it is told without the value, which may hold a password. */
const url = (schemes: RegExp, error: string) =>
  text.refine((value) => schemes.test(value) && URL.canParse(withHost(value)), error)
/** PostgreSQL's own form for a socket, `postgresql://user@/database?host=/run/postgresql`, names no host. */
const withHost = (value: string) => value.replace('@/', '@socket/')
const escaped = 'special characters of a password as %40 and the like'
const postgres = url(
  /^postgres(ql)?:\/\//i,
  `must be postgresql://…, such as postgresql://user:password@db.example.com/chatwoot, ${escaped}`,
)
const redis = url(
  /^rediss?:\/\//i,
  `must be redis://… or rediss://…, such as redis://:password@redis.example.com:6379, ${escaped}`,
)
const website = url(/^https?:\/\//i, 'must be https://… or http://…, such as https://reports.example.com')
/** `smtp://` or `smtps://` with a host; what else it takes has variables of its own, so that a typing error is noticed. */
const mailServer = z
  .url({ protocol: /^smtps?$/, error: 'must be smtp://… or smtps://…, such as smtps://user:password@mail.example.com' })
  .refine((url) => !/[?#]/.test(url), 'takes no ?options: see SMTP_STARTTLS and SMTP_TLS_…')
/** `Name <address>` or an address: one line, one sender. */
const sender = text.regex(
  /^(?:[^\p{Cc}\p{Zl}\p{Zp}<>]*<[^\s<>@,]+@[A-Za-z0-9.-]+>|[^\s<>@,]+@[A-Za-z0-9.-]+)$/u,
  'must be an address, or a name and an address such as Support reports <reports@example.com>',
)

/** Every variable that Tidemark reads, with its default. `.env.example` explains them to operators. */
const variables = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  DATABASE_URL: postgres.optional(),
  REDIS_URL: redis.optional(),
  SMTP_URL: mailServer.optional(),
  SMTP_STARTTLS: z.enum(['auto', 'required', 'off']).default('auto'),
  SMTP_TLS_CA_FILE: text.transform(fileOrText).transform(certificates).optional(),
  SMTP_TLS_REJECT_UNAUTHORIZED: boolean.default(true),
  MAIL_FROM: sender.default('Tidemark <tidemark@localhost>'),
  DKIM_DOMAIN: host.optional(),
  DKIM_SELECTOR: host.optional(),
  DKIM_PRIVATE_KEY: text.transform(fileOrText).transform(rsaPrivateKey).optional(),
  MAX_ATTACHMENT_MB: z.coerce.number().min(0).max(100).default(10),
  DATA_DIR: text.default('./.tidemark'),
  HOST: text.default('127.0.0.1'),
  PORT: port.default(3000),
  PUBLIC_URL: website.optional(),
  LINK_DAYS: z.coerce.number().int().min(1).max(90).default(7),
  SECRET_KEY: text.min(32, 'must have at least 32 characters, such as what `openssl rand -base64 32` prints').optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json']).optional(),
  RATE_LIMIT_MAX: z.coerce.number().int().min(1).default(600),
  REPORT_TIMEOUT_MS: z.coerce.number().int().min(100).default(5000),
  WEB_PROCESSES: z.coerce.number().int().min(0).max(1000).default(1),
  WORKER_PROCESSES: z.coerce.number().int().min(0).max(1000).default(1),
  METRICS_TOKEN: text.min(16, 'must have at least 16 characters').optional(),
  PROBE_PORT: port.optional(),
  DRAIN_SECONDS: z.coerce.number().min(0).max(15).default(5),
  QUEUE_UI: boolean.default(false),
  SWEEP_SECONDS: z.coerce.number().min(0.1).max(3600).default(3),
  RECONCILE_DAYS: z.coerce.number().min(1).max(3650).default(30),
  INSTALLATION_LOG_DAYS: z.coerce.number().int().min(30).max(36_500).optional(),
  BACKFILL_CONCURRENCY: z.coerce.number().int().min(1).max(8).default(1),
  CHATWOOT_UI: boolean.default(false),
  CHATWOOT_URL: website.optional(),
  TIDEMARK_CLOCK: z.iso.datetime({ offset: true }).optional(),
})

export type Config = ReturnType<typeof readConfig>

/**
 * Reads and checks the environment.
 * @throws Refusal naming every variable that is wrong and what it takes, in one readable list.
 */
export function readConfig(env: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = variables.safeParse(given)
  const problems = parsed.error?.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`) ?? []
  problems.push(...(parsed.data ? unfitForProduction(parsed.data) : []), ...halfSigned(given))
  if (!parsed.success || problems.length > 0) {
    throw new Refusal('configuration', `The configuration is wrong:\n${problems.join('\n')}`, { status: 500, exitCode: 2 })
  }
  const v = parsed.data
  const publicUrl = v.PUBLIC_URL ?? `http://${v.HOST}:${v.PORT}`
  return Object.freeze({
    production: v.NODE_ENV === 'production',
    /** Unset: an embedded PostgreSQL in `dataDir`. */
    databaseUrl: v.DATABASE_URL,
    /** Unset: the queue runs on PostgreSQL. */
    redisUrl: v.REDIS_URL,
    ...mailSettings(v),
    ...operation(v),
    /** What the files and pictures of a mail may weigh, encoded as they are sent. */
    maxAttachmentBytes: Math.floor(v.MAX_ATTACHMENT_MB * 1024 * 1024),
    dataDir: v.DATA_DIR,
    host: v.HOST,
    port: v.PORT,
    /** Where links in mail lead. */
    publicUrl,
    /** Signs links. Unset: src/secret-key.ts makes one and keeps it in `dataDir`. */
    secretKey: v.SECRET_KEY,
    /** Days for which the links of a mail open its page and files. */
    linkDays: v.LINK_DAYS,
    logLevel: v.LOG_LEVEL,
    logFormat: v.LOG_FORMAT ?? (v.NODE_ENV === 'production' || !process.stderr.isTTY ? 'json' : 'pretty'),
    /** Requests a minute and token. */
    rateLimitMax: v.RATE_LIMIT_MAX,
    /** Milliseconds that one statement of a report may take. */
    reportTimeoutMs: v.REPORT_TIMEOUT_MS,
    /** Seconds between two sweeps of the dirty log. */
    sweepSeconds: v.SWEEP_SECONDS,
    /** Days in which everything that is rolled is recomputed once and compared. */
    reconcileDays: v.RECONCILE_DAYS,
    /** Days for which acts that concern no account are kept in the audit log. Unset: for ever. */
    installationLogDays: v.INSTALLATION_LOG_DAYS,
    /** Accounts whose history one worker rolls at a time. */
    backfillConcurrency: v.BACKFILL_CONCURRENCY,
    /** True when Chatwoot's own pages ask: entity reports are CSV unless JSON is named. */
    chatwootUi: v.CHATWOOT_UI,
    /** Where Chatwoot's own pages are: links to conversations lead there. */
    chatwootUrl: v.CHATWOOT_URL ?? publicUrl,
    /** The frozen clock, in seconds, or undefined for the real one. */
    clock: v.TIDEMARK_CLOCK === undefined ? undefined : Date.parse(v.TIDEMARK_CLOCK) / 1000,
  } as const)
}

function mailSettings(v: z.output<typeof variables>) {
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_PRIVATE_KEY: privateKey } = v
  return {
    /** Unset: mail is written into `dataDir`/outbox. */
    smtpUrl: v.SMTP_URL,
    /** How the connection to the mail server is secured; `smtps://` is from the first byte on, whatever `startTls` says. */
    smtpTls: {
      startTls: v.SMTP_STARTTLS,
      /** PEM certificates that are trusted besides the well-known ones. */
      ca: v.SMTP_TLS_CA_FILE,
      rejectUnauthorized: v.SMTP_TLS_REJECT_UNAUTHORIZED,
    },
    /** `Name <address>` */
    mailFrom: v.MAIL_FROM,
    /** Undefined: mail is not signed. */
    dkim: domain && selector && privateKey ? { domain, selector, privateKey } : undefined,
  } as const
}

/** What those need who run the processes. */
function operation(v: z.output<typeof variables>) {
  return {
    /** Whoever reads metrics shows it. Unset: see src/http/metrics.ts. */
    metricsToken: v.METRICS_TOKEN,
    /** Where a worker answers probes; 0: nowhere. Unset: 3001, if nobody has it. */
    probePort: v.PROBE_PORT,
    /** Seconds from SIGTERM for which a web process still takes requests, so that balancers hear of it in time. */
    drainSeconds: v.DRAIN_SECONDS,
    /** True: the queue's pages are shown to operators. */
    queueUi: v.QUEUE_UI,
    environment: v.NODE_ENV,
    /** How many of each are run, for the budget of connections. */
    processes: { web: v.WEB_PROCESSES, worker: v.WORKER_PROCESSES },
  } as const
}

function unfitForProduction(v: z.output<typeof variables>): string[] {
  if (v.NODE_ENV !== 'production') return []
  return [
    ...(v.TIDEMARK_CLOCK ? ['  TIDEMARK_CLOCK: a frozen clock is refused in production; unset it'] : []),
    ...(v.SECRET_KEY === undefined
      ? ['  SECRET_KEY: is required in production, the same for all processes, such as what `openssl rand -base64 32` prints']
      : []),
  ]
}

function halfSigned(given: Record<string, unknown>): string[] {
  const names = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_PRIVATE_KEY']
  const unset = names.filter((name) => given[name] === undefined)
  if (unset.length === 0 || unset.length === names.length) return []
  return [`  ${unset.join(', ')}: mail is signed with all of ${names.join(', ')}; set the rest or none`]
}

export const config = readConfig(process.env)

/** Every variable that Tidemark reads with its value, secrets left out, and where the value is from. */
export const printedConfig = (env: Record<string, string | undefined> = process.env): PrintedSetting[] =>
  printedSettings(variables.shape, env, {
    PUBLIC_URL: config.publicUrl,
    LOG_FORMAT: config.logFormat,
    CHATWOOT_URL: config.chatwootUrl,
  })
