import { resolve } from 'node:path'
import { config } from '../../config.ts'
import { signMessage, type DkimKey } from './dkim.ts'
import { composeMessage, type Letter } from './letter.ts'
import { writeIntoOutbox } from './outbox.ts'
import type { Outcome } from './outcome.ts'
import { openSmtp, type SmtpServer } from './smtp.ts'

/** Where mail goes: to a server, or as files into the outbox where no server is configured. */
export interface MailRoute extends Omit<SmtpServer, 'url'> {
  smtpUrl: string | undefined
  /** `Name <address>` */
  from: string
  outbox: string
  dkim?: DkimKey | undefined
}

/** A way for mail that is open: its connections are kept from one mail to the next. */
export interface Transport {
  /**
   * Sends one mail once. Never throws for what a server says.
   * @param begin awaited before anything of the mail leaves; from then on it may have arrived. Throwing withholds the mail
   * @throws Refusal, Error when the mail cannot be put together
   */
  send(letter: Letter, begin?: () => Promise<void>): Promise<Outcome>
  close(): void
}

/** The route of the configuration. */
export function configuredRoute(): MailRoute {
  return {
    smtpUrl: config.smtpUrl,
    tls: config.smtpTls,
    from: config.mailFrom,
    dkim: config.dkim,
    outbox: resolve(config.dataDir, 'outbox'),
  }
}

/**
 * Opens the way that mail takes; nothing is connected before the first mail.
 * @param most how many connections at once, and so how many mails on their way
 */
export function openTransport(route: MailRoute, most: number): Transport {
  const { from, dkim, outbox } = route
  const smtp = route.smtpUrl === undefined ? undefined : openSmtp({ ...route, url: route.smtpUrl }, from, most)
  return {
    async send(letter, begin = async () => {}) {
      const composed = await composeMessage(letter, from)
      const message = dkim ? await signMessage(composed, dkim) : composed
      if (smtp) return smtp.transmit(message, letter.recipient, begin)
      await begin()
      return writeIntoOutbox(message, outbox, letter.file)
    },
    close: () => smtp?.close(),
  }
}
