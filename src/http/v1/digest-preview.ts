import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { requireKnown } from '../../digests/definition/check-definition.ts'
import { findDigest, type Digest } from '../../digests/definition/digest.ts'
import { lensFrom } from '../../digests/definition/lens-text.ts'
import { previewFile, previewFormats, previewMail, type PreviewFormat } from '../../digests/composing/preview-file.ts'
import { previewSnapshot } from '../../digests/composing/preview.ts'
import { PAGE_POLICY } from '../../digests/delivery/sent-mail.ts'
import type { Snapshot } from '../../digests/snapshot/snapshot.ts'
import type { RouteFamily, ServerContext } from '../app.ts'
import type { Caller } from '../auth.ts'
import { suffixOf } from '../format.ts'
import { text } from '../request.ts'
import { digestPath, idIn } from './digest-path.ts'
import { queryOf, word } from './parameters.ts'
import { problems } from './problems.ts'

const binary = z.string().meta({ format: 'binary' })

const schema = {
  tags: ['Digests'],
  summary: 'A digest as it was, or would be, mailed for a period; nothing is sent or stored',
  params: digestPath,
  querystring: queryOf({
    period: text.max(40).optional().meta({
      description: 'A date in it (2026-05-06), its ISO week (2026-W19) or month (2026-05); without: what is due now.',
      example: '2026-05-06',
    }),
    format: word(previewFormats).optional().meta({ description: 'HTML without; `json` are the exact figures.', example: 'json' }),
    lens: text.max(2000).optional().meta({
      description: 'Whose figures: `all`, `own_teams`, `own`, or ids such as `team:3,4` or `team:3+inbox:1`.',
      example: 'team:1',
    }),
    user_id: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'must be the id of a user')
      .optional()
      .meta({ description: 'Whose own teams or figures a lens means; without: those of whoever asks.', example: '1' }),
  }),
  response: {
    200: {
      description: 'The mail, a file of it, or its figures.',
      content: {
        'text/html': { schema: z.string() },
        'text/plain': { schema: z.string() },
        'text/csv': { schema: z.string() },
        'application/zip': { schema: binary },
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: binary },
        'application/json': { schema: z.record(z.string(), z.unknown()) },
      },
    },
    ...problems,
  },
}

interface Asked {
  period?: string | undefined
  lens?: string | undefined
  user_id?: string | undefined
}

/** `/digests/:digest/preview` */
export const digestPreviewRoutes: RouteFamily = (app, context) => {
  app.get('/digests/:digest/preview', { schema }, async ({ params, query, caller, originalUrl }, reply) => {
    const digest = await findDigest(context.pool, caller.accountId, idIn(params.digest))
    const snapshot = await asked(context, digest, caller, query)
    return show(reply, snapshot, digest, suffixOf(originalUrl) ?? query.format ?? 'html')
  })
}

/** @throws Refusal (422) for a period that is none, and for ids and users that the account does not have */
async function asked({ pool, readPool, clock }: ServerContext, digest: Digest, caller: Caller, query: Asked): Promise<Snapshot> {
  const lens = lensFrom(query.lens ?? 'all')
  const userId = query.user_id === undefined ? caller.userId : Number(query.user_id)
  await requireKnown(pool, digest.accountId, {
    filters: typeof lens === 'object' ? [lens] : [],
    users: userId === null ? [] : [userId],
  })
  return previewSnapshot(readPool, digest, clock(), query.period, { lens, userId })
}

async function show(reply: FastifyReply, snapshot: Snapshot, digest: Digest, format: PreviewFormat): Promise<FastifyReply> {
  if (format === 'json') return reply.send(snapshot)
  if (format === 'html' || format === 'text') {
    const mail = await previewMail(snapshot, digest.formats, format)
    const type = format === 'html' ? 'text/html' : 'text/plain'
    return reply.header('content-security-policy', PAGE_POLICY).type(`${type}; charset=utf-8`).send(mail)
  }
  const { name, type, chunks } = previewFile(snapshot, format)
  return reply
    .header('content-type', type)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
    .send(Readable.from(chunks()))
}
