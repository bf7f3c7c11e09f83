import { greet } from '../digests/delivery/smtp.ts'
import { reasonOf } from '../failure.ts'
import { fail, ok, warn, type Check } from './check.ts'

/** Less than a check may take as a whole, so that it is the mail server that is named. */
const SECONDS = 6

/** Whether the mail server takes us: connection, greeting, TLS and login, without a mail. */
export const mail: Check = {
  name: 'mail',
  async look({ config }) {
    const { smtpUrl, smtpTls, mailFrom, production } = config
    if (smtpUrl === undefined) {
      const found = 'no SMTP_URL: mail is written into DATA_DIR/outbox'
      return production ? warn(found, 'Set SMTP_URL, or nobody gets any mail.') : ok(found)
    }
    const { hostname, port, protocol, username } = new URL(smtpUrl)
    const server = `${hostname}:${port || (protocol === 'smtps:' ? '465' : '587')}`
    const refused = await greet({ url: smtpUrl, tls: smtpTls }, SECONDS).then(
      () => undefined,
      (error: Error) => error,
    )
    if (refused) {
      return fail(
        `${server} refuses: ${reasonOf(refused.message)}`,
        'Compare SMTP_URL, SMTP_STARTTLS and SMTP_TLS_… with what the server wants.',
      )
    }
    const how = protocol === 'smtps:' ? 'TLS' : `STARTTLS ${smtpTls.startTls}`
    const found = `${server} takes us (${how}, ${username === '' ? 'without login' : 'logged in'})`
    if (mailFrom.includes('@localhost')) return warn(`${found}, but mail is from localhost`, 'Set MAIL_FROM.')
    return ok(found)
  },
}
