import type { Outcome } from './compare.ts'
import { addressOf } from './question.ts'
import { reasons } from './reasons.ts'

export interface EndpointAgreement {
  endpoint: string
  asked: number
  equal: number
  explained: number
  differing: number
  /** Ids of the reasons that showed here. */
  reasons: string[]
}

export interface Finding {
  address: string
  at: string
  chatwoot: unknown
  tidemark: unknown
}

/** What a comparison found. */
export interface Agreement {
  asked: number
  equal: number
  explained: number
  differing: number
  endpoints: EndpointAgreement[]
  reasons: { id: string; sentence: string; questions: number }[]
  /** Differences without a reason, at most FINDINGS_MAX of them. */
  findings: Finding[]
}

/** More of them tell nobody more. */
export const FINDINGS_MAX = 100

/** Adds outcomes up by endpoint and by reason. */
export function agreementOf(outcomes: readonly Outcome[], accountId: number): Agreement {
  const names = [...new Set(outcomes.map(({ question }) => question.endpoint))]
  const differing = outcomes.filter(({ difference }) => difference)
  return {
    ...counts(outcomes),
    endpoints: names.map((endpoint) => {
      const own = outcomes.filter(({ question }) => question.endpoint === endpoint)
      return { endpoint, ...counts(own), reasons: [...new Set(own.flatMap((outcome) => outcome.reasons))] }
    }),
    reasons: reasons
      .map(({ id, sentence }) => ({ id, sentence, questions: outcomes.filter((outcome) => outcome.reasons.includes(id)).length }))
      .filter(({ questions }) => questions > 0),
    findings: differing.slice(0, FINDINGS_MAX).map(({ question, difference }) => ({
      address: addressOf(question, accountId),
      at: difference?.at ?? '',
      chatwoot: difference?.chatwoot ?? null,
      tidemark: difference?.tidemark ?? null,
    })),
  }
}

function counts(outcomes: readonly Outcome[]) {
  const differing = outcomes.filter(({ difference }) => difference).length
  const explained = outcomes.filter(({ difference, reasons }) => !difference && reasons.length > 0).length
  return { asked: outcomes.length, equal: outcomes.length - explained - differing, explained, differing }
}
