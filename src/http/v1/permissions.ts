import type { Role } from '../../access/own-token.ts'
import { Refusal } from '../../errors.ts'
import type { Permission } from '../auth.ts'

export const forbidden = (message: string) => new Refusal('forbidden', message, { status: 403, exitCode: 1 })

/** Lets those with one of these roles pass. @throws Refusal 403 that names them, for everybody else */
export const forRoles =
  (...roles: readonly [Role, ...Role[]]): Permission =>
  ({ role }) => {
    if (role !== null && roles.includes(role)) return
    throw forbidden(`This is for the ${roles.length > 1 ? 'roles' : 'role'} ${roles.join(', ')}.`)
  }
