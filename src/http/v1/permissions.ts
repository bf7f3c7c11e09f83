import { Refusal } from '../../errors.ts'
import type { Caller, Permission } from '../auth.ts'

const forbidden = (message: string) => new Refusal('forbidden', message, { status: 403, exitCode: 1 })

/** Lets administrators pass, and members whose custom role may manage reports. @throws Refusal 403 for other members. */
export const mayReadFigures: Permission = (caller) => {
  if (caller.administrator || caller.permissions.includes('report_manage')) return
  throw forbidden('Reports are for administrators and for roles with the permission report_manage.')
}

/** @throws Refusal 403 for everybody but administrators. */
export function mayChangeSettings(caller: Caller): void {
  if (!caller.administrator) throw forbidden('Only administrators may change settings.')
}

/** @throws Refusal 403 for everybody but administrators. @param what they alone may do */
export function administratorsManage(caller: Caller, what: string): void {
  if (!caller.administrator) throw forbidden(`Only administrators may ${what}.`)
}
