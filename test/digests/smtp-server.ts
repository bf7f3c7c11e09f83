// A mail server in a process of its own. What it does with each recipient it asks the process that started it; a mail that
// it has taken in full it hands over before it answers, so that whoever looks after a mail was sent finds it there.
import { randomUUID } from 'node:crypto'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { Behaviour, FromServer, Question, ServerOptions, ToServer } from './smtp.ts'

const tell = (message: FromServer) => process.send?.(message)
const answer = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code })

const asked = new Map<string, (behaviour: Behaviour) => void>()
function ask(question: Question): Promise<Behaviour> {
  const id = randomUUID()
  tell({ ...question, id })
  return new Promise((told) => asked.set(id, told))
}

const times = new Map<string, number>()
/** What becomes of the mail that a session is about to give. */
const behaviours = new Map<string, Behaviour>()
let server: SMTPServer

const refusals: Partial<Record<Behaviour, (to: string) => Error>> = {
  refuse: (to) => answer(550, `5.1.1 <${to}> unknown`),
  later: (to) => answer(451, `4.7.1 <${to}> greylisted`),
}

async function onRecipient(to: string, { id }: SMTPServerSession, done: (error?: Error) => void): Promise<void> {
  times.set(to, (times.get(to) ?? 0) + 1)
  const behaviour = await ask({ type: 'recipient', to, time: times.get(to)! })
  behaviours.set(id, behaviour)
  // Before the answer: a client that sent DATA along would be told to go on with it in the same breath.
  if (behaviour === 'hang up before the message') return hangUp(id)
  done(refusals[behaviour]?.(to))
}

async function onMessage(stream: SMTPServerDataStream, { id, envelope, secure }: SMTPServerSession, done: Done): Promise<void> {
  const behaviour = behaviours.get(id)
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (behaviour === 'hang up within the message') return hangUp(id)
    chunks.push(chunk)
  }
  if (behaviour === 'refuse the message') return done(answer(554, '5.7.1 no such content here'))
  if (behaviour === 'message later') return done(answer(452, '4.3.1 disk full'))
  const raw = Buffer.concat(chunks).toString()
  const messageId = /^message-id: *(\S+)/im.exec(raw)?.[1] ?? ''
  await ask({
    type: 'taken',
    taken: { to: envelope.rcptTo[0]?.address ?? '', raw, messageId, connection: id, secure },
  })
  if (behaviour === 'hang after the message') return
  if (behaviour === 'hang up after the message') return hangUp(id)
  setTimeout(() => done(null, `Ok: queued as ${messageId}`), behaviour === 'slow' ? 600 : 0)
}
type Done = (error: Error | null, message?: string) => void

const sessionOf = (connection: unknown) => (connection as { session: SMTPServerSession }).session

function hangUp(id: string): void {
  for (const connection of server.connections) {
    // The library hands out no way to cut a connection.
    const { _socket: socket } = connection as unknown as { _socket: { destroy(): void } }
    if (sessionOf(connection).id === id) socket.destroy()
  }
}

function open({ port, tls }: ServerOptions): void {
  server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    ...(tls ? { key: tls.key, cert: tls.cert, secure: tls.implicit } : { disabledCommands: ['STARTTLS'] }),
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth({ password }, _, done) {
      if (password === 'right') done(null, { user: 'desk' })
      else done(answer(535, '5.7.8 wrong password'))
    },
    onRcptTo: ({ address }, session, done) => void onRecipient(address, session, done),
    // A client that is cut off within a message is no news.
    onData: (stream, session, done) => void onMessage(stream, session, done).catch(() => {}),
  })
  server.on('error', () => {})
  server.listen(port, '127.0.0.1', () => tell({ type: 'open', port: (server.server.address() as { port: number }).port }))
}

process.on('message', (message: ToServer) => {
  if (message.type === 'open') open(message.options)
  else if (message.type === 'forget') times.clear()
  else if (message.type === 'close') server.close(() => tell({ type: 'closed' }))
  else if (message.type === 'hang up') server.connections.forEach((connection) => hangUp(sessionOf(connection).id))
  else {
    asked.get(message.id)?.(message.behaviour)
    asked.delete(message.id)
  }
})
process.on('disconnect', () => process.exit())
tell({ type: 'started' })
