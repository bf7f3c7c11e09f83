import { SMTPServer, type SMTPServerSession } from 'smtp-server'

/** A mail that the server has taken in full, whatever it answered after. */
export interface Taken {
  to: string
  raw: string
  messageId: string
}

/** What the server does with a recipient, the nth time it is addressed (from 1). */
export type Behaviour =
  | 'accept'
  | 'refuse'
  | 'later'
  | 'hang up before the message'
  | 'hang up after the message'
  | 'refuse the message'
  | 'message later'
export type Script = (to: string, time: number) => Behaviour

export interface SmtpRecorder {
  url: string
  taken: Taken[]
  /** Addresses in the order of their RCPT commands. */
  addressed: string[]
  /** Called after a message was taken and before it is answered. */
  onTaken?: (taken: Taken) => void | Promise<void>
  close(): Promise<void>
}

const answer = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code })

/** A mail server that does what a test says and remembers every message that it was given in full. */
export async function startSmtp(script: Script = () => 'accept', port = 0): Promise<SmtpRecorder> {
  const times = new Map<string, number>()
  const recorder: SmtpRecorder = { url: '', taken: [], addressed: [], close: async () => {} }
  const behaviourOf = (session: SMTPServerSession) => {
    const to = session.envelope.rcptTo[0]?.address ?? ''
    return { to, behaviour: script(to, times.get(to) ?? 0) }
  }
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    onAuth({ password }, _, done) {
      if (password === 'right') done(null, { user: 'desk' })
      else done(answer(535, '5.7.8 wrong password'))
    },
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo({ address }, session, done) {
      const time = (times.get(address) ?? 0) + 1
      times.set(address, time)
      recorder.addressed.push(address)
      const behaviour = script(address, time)
      if (behaviour === 'refuse') return done(answer(550, `5.1.1 <${address}> unknown`))
      if (behaviour === 'later') return done(answer(451, `4.7.1 <${address}> greylisted`))
      done()
      if (behaviour === 'hang up before the message') hangUp(session)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { to, behaviour } = behaviourOf(session)
        if (behaviour === 'refuse the message') return done(answer(554, '5.7.1 no such content here'))
        if (behaviour === 'message later') return done(answer(452, '4.3.1 disk full'))
        const raw = Buffer.concat(chunks).toString()
        const taken = { to, raw, messageId: /^message-id: *(\S+)/im.exec(raw)?.[1] ?? '' }
        recorder.taken.push(taken)
        const answerNow = () => (behaviour === 'hang up after the message' ? hangUp(session) : done())
        void Promise.resolve(recorder.onTaken?.(taken)).finally(answerNow)
      })
    },
  })
  // Clients that a test cuts off are no news.
  server.on('error', () => {})
  const hangUp = ({ id }: SMTPServerSession) => {
    for (const connection of server.connections) {
      const { session, _socket } = connection as unknown as { session: SMTPServerSession; _socket: { destroy(): void } }
      if (session.id === id) _socket.destroy()
    }
  }
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready))
  const bound = server.server.address() as { port: number }
  recorder.url = `smtp://127.0.0.1:${bound.port}`
  recorder.close = () => new Promise((closed) => server.close(closed))
  return recorder
}
