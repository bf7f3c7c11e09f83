import { z } from 'zod'
import { requireAccount } from '../../accounts/account.ts'
import { changeSettings } from '../../accounts/settings-change.ts'
import { changeFrom, patched, reasonText, settingsJson } from '../../accounts/settings-json.ts'
import { wireSettings, type WireSettings } from '../../accounts/settings-schema.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { bodyProblems, problems } from './problems.ts'

const answer = wireSettings.extend({
  in_force: z
    .object({ zone: z.string(), first_weekday: z.int() })
    .meta({ description: 'What holds, also where nothing is settled.' }),
  links: z.object({ targets: z.string(), recipient_policy: z.string() }).meta({ description: 'Where the other settings are.' }),
})
const body = wireSettings.extend({ reason: reasonText })

/** `/settings`: what an account has settled for itself. */
export const settingsRoutes: RouteFamily = (app, context) => {
  const common = { tags: ['Settings'], params: accountPath }
  const read = { ...common, summary: 'The settings of the account', response: { 200: answer, ...problems } }
  app.get('/settings', { schema: read }, ({ caller: { accountId } }) => settingsJson(context.pool, accountId))
}

/** The same, to be changed. */
export const settingsChangeRoutes: RouteFamily = (app, context) => {
  addChange(app, context, {
    method: 'PUT',
    summary: 'Replaces the settings; what is left out has its default (administrators)',
    wanted: (_, settings) => settings,
  })
  addChange(app, context, {
    method: 'PATCH',
    summary: 'Changes some settings; null gives back the default (administrators)',
    wanted: patched,
  })
}

interface ChangeRoute {
  method: 'PUT' | 'PATCH'
  summary: string
  wanted: (before: WireSettings, settings: Record<string, unknown>) => unknown
}

function addChange(app: App, { pool, clock }: ServerContext, { method, summary, wanted }: ChangeRoute): void {
  const schema = { tags: ['Settings'], params: accountPath, summary, body, response: { 200: answer, ...bodyProblems } }
  app.route({
    method,
    url: '/settings',
    schema,
    validatorCompiler: bodyToHandler,
    handler: async ({ caller, body: given }) => {
      const { accountId } = caller
      await requireAccount(pool, accountId)
      const { settings, reason } = changeFrom(given)
      await changeSettings(pool, accountId, (before) => wanted(before, settings), { ...changeOf(caller, clock()), reason })
      return settingsJson(pool, accountId)
    },
  })
}
