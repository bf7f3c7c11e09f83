import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { programArguments } from '../support/program.ts'

/** A mail that the server has taken in full, whatever it answered after. */
export interface Taken {
  to: string
  raw: string
  messageId: string
  /** Names the connection that it came over. */
  connection: string
  secure: boolean
}

/** What the server does with a recipient, the nth time it is addressed (from 1). */
export type Behaviour =
  | 'accept'
  | 'slow'
  | 'refuse'
  | 'later'
  | 'hang up before the message'
  | 'hang up within the message'
  | 'hang up after the message'
  | 'hang after the message'
  | 'refuse the message'
  | 'message later'
export type Script = (to: string, time: number) => Behaviour

export interface ServerOptions {
  /** 0: any. */
  port: number
  /** Offers STARTTLS, or speaks TLS from the first byte. */
  tls?: { key: string; cert: string; implicit: boolean } | undefined
}

/** What the server asks, and waits to be told. */
export type Question = { type: 'recipient'; to: string; time: number } | { type: 'taken'; taken: Taken }
export type FromServer = { type: 'started' } | { type: 'closed' } | { type: 'open'; port: number } | (Question & { id: string })
export type ToServer =
  | { type: 'open'; options: ServerOptions }
  | { type: 'close' }
  | { type: 'forget' }
  | { type: 'hang up' }
  | { type: 'answer'; id: string; behaviour: Behaviour }

export interface SmtpRecorder {
  url: string
  script: Script
  /** Every message in the order in which they were taken. */
  taken: Taken[]
  /** Addresses in the order of their RCPT commands. */
  addressed: string[]
  /** Called after a message was taken and before it is answered. */
  onTaken: ((taken: Taken) => void | Promise<void>) | undefined
  /** Called after a recipient was named and before that is answered. */
  onAddressed: ((to: string) => void | Promise<void>) | undefined
  /** Forgets what was, and does what this script says from now on. */
  reset(script?: Script): void
  /** Ends all connections, as a server does with those that are idle. */
  hangUp(): void
  /** Nobody listens on its port until it is up again. */
  down(): Promise<void>
  up(): Promise<void>
  /** Ends the process. */
  close(): Promise<void>
}

const accept: Script = () => 'accept'

/** Starts a mail server as a process of its own that does what a test says and remembers every message that it was given. */
export async function startSmtp(script = accept, tls?: ServerOptions['tls']): Promise<SmtpRecorder> {
  const execArgv = programArguments('test/digests/smtp-server.ts')
  const server = fork(execArgv.pop()!, { execArgv })
  const tell = (message: ToServer) => server.send(message)
  const events = new EventEmitter()
  const recorder = { url: '', script, taken: [] as Taken[], addressed: [] as string[] } as SmtpRecorder
  const answer = async (question: Question): Promise<Behaviour> => {
    if (question.type === 'recipient') {
      recorder.addressed.push(question.to)
      await recorder.onAddressed?.(question.to)
      return recorder.script(question.to, question.time)
    }
    recorder.taken.push(question.taken)
    await recorder.onTaken?.(question.taken)
    return 'accept'
  }
  server.on('message', (message: FromServer) => {
    if (!('id' in message)) events.emit(message.type, message)
    else void answer(message).then((behaviour) => tell({ type: 'answer', id: message.id, behaviour }))
  })
  const open = async (port: number) => {
    const opened = once(events, 'open') as Promise<[{ port: number }]>
    tell({ type: 'open', options: { port, tls } })
    const [{ port: bound }] = await opened
    recorder.url = `${tls?.implicit ? 'smtps' : 'smtp'}://127.0.0.1:${bound}`
  }
  await once(events, 'started')
  await open(0)
  return Object.assign(recorder, {
    reset(next = accept) {
      Object.assign(recorder, { script: next, taken: [], addressed: [], onTaken: undefined, onAddressed: undefined })
      tell({ type: 'forget' })
    },
    hangUp: () => void tell({ type: 'hang up' }),
    async down() {
      const closed = once(events, 'closed')
      tell({ type: 'close' })
      await closed
    },
    up: () => open(Number(new URL(recorder.url).port)),
    async close() {
      const exited = once(server, 'exit')
      server.disconnect()
      await exited
    },
  })
}
