import type { RouteGroup } from '../routes.ts'
import { figureRoutes } from './figures.ts'
import { mayReadFigures } from './permissions.ts'
import { tableRoutes } from './tables.ts'
import { targetRoutes } from './targets.ts'

/** Reports of our own, below `/api/v1/accounts/:account_id`. */
export const ownReports: readonly RouteGroup[] = [{ may: mayReadFigures, families: [figureRoutes, tableRoutes, targetRoutes] }]
