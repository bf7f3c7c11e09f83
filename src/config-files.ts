import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { z } from 'zod'

// Transforms of variables whose value is, or names, a file. What is wrong with one is said before anything starts, not with
// the first mail.

const PEM = /-----BEGIN [A-Z0-9 ]+-----/

/** The PEM text itself (its line breaks may be written `\\n`, as where a variable is one line), or that of the file it names. */
export function fileOrText(value: string, context: z.RefinementCtx): string {
  if (PEM.test(value)) return value.replaceAll('\\n', '\n')
  try {
    return readFileSync(value, 'utf8')
  } catch (error) {
    context.addIssue({ code: 'custom', message: `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})` })
    return ''
  }
}

/** PEM certificates, all of them readable. */
export function certificates(pem: string, context: z.RefinementCtx): string {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0 || !found.every(isCertificate)) {
    context.addIssue({ code: 'custom', message: 'must be PEM certificates (-----BEGIN CERTIFICATE-----)' })
  }
  return pem
}

/** A PEM private key as DKIM takes it: RSA (RFC 6376) of at least 1,024 bits (RFC 8301), without a passphrase. */
export function rsaPrivateKey(pem: string, context: z.RefinementCtx): string {
  const message = 'must be an RSA private key in PEM, or the path of one, of at least 1024 bits and without a passphrase'
  if (!isRsaKey(pem)) context.addIssue({ code: 'custom', message })
  return pem
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

function isRsaKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 1024
  } catch {
    return false
  }
}
