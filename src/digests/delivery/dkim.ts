import { buffer } from 'node:stream/consumers'
import DKIM from 'nodemailer/lib/dkim'

/** With which key mail is signed; its public half is in the DNS at `<selector>._domainkey.<domain>`. */
export interface DkimKey {
  domain: string
  selector: string
  /** RSA, PEM. */
  privateKey: string
}

/**
 * What is signed. The pair of unsubscribe headers among it: mail services offer one click only when both are (RFC 8058,
 * section 4). Message-ID and Date, so that a second copy can be told from a replay.
 */
const SIGNED = [
  'From:Reply-To:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding',
  'List-Unsubscribe:List-Unsubscribe-Post:Auto-Submitted',
].join(':')

/** Signs a whole message (RFC 6376, relaxed/relaxed, rsa-sha256). @throws Error when the key cannot: never sent unsigned then */
export async function signMessage(message: Buffer, { domain, selector, privateKey }: DkimKey): Promise<Buffer> {
  const dkim = new DKIM({ domainName: domain, keySelector: selector, privateKey, headerFieldNames: SIGNED })
  const signed = await buffer(dkim.sign(message))
  if (!signed.subarray(0, 32).toString('latin1').startsWith('DKIM-Signature:')) throw new Error('the mail could not be signed')
  return signed
}
