import { domainToASCII } from 'node:url'
import { config } from '../../config.ts'
import { invalid } from '../../errors.ts'

/** One line: no control character and no line separator, which could grow into another header. */
export const NO_CONTROLS = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u

/**
 * One e-mail address in the form that is stored and sent to: the domain in lower-case ASCII. Nothing but an address passes:
 * no display name, no list, no comment, no control character, so that it cannot grow into another header or recipient.
 * @throws Refusal (422)
 */
export function mailAddress(text: string): string {
  const [, local = '', domain = ''] =
    /^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^\s@<>()[\],;:\\"]{1,253})$/.exec(text.trim()) ?? []
  const host = NO_CONTROLS.test(text) ? domainToASCII(domain) : ''
  if (!local || !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(host) || host.includes('..') || local.length + host.length > 253) {
    throw invalid(`${JSON.stringify(text.slice(0, 80))} is no e-mail address. Give one such as ana@example.com.`)
  }
  return `${local}@${host}`
}

/** The same for an address that somebody else has stored; undefined when it is none. */
export function addressOrNone(text: string): string | undefined {
  try {
    return mailAddress(text)
  } catch {
    return undefined
  }
}

/** The Message-ID of a delivery: the same on every attempt, so that a second copy can be told from another mail. */
export function messageIdOf(deliveryId: string, from = config.mailFrom): string {
  const host = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'
  return `<${deliveryId}@${host}>`
}

/** The two parts of `Name <address>`; the name is empty where there is none. */
export function sender(from: string): { name: string; address: string } {
  const [, name = '', address = from.trim()] = /^(.*)<([^<>]+)>\s*$/.exec(from) ?? []
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address }
}
