/** Who does something: for the audit log, which keeps ids and no names. */
export type Actor =
  /** A user of an account (`users.id`). */
  | { kind: 'user'; id: number }
  /** A token of an account that stands for no user (`tidemark.tokens.id`). */
  | { kind: 'token'; id: number }
  /** Who runs the installation, by his token (`tidemark.tokens.id`). */
  | { kind: 'operator'; id: number }
  /** Somebody at the command line of this installation. */
  | { kind: 'command' }
  /** Tidemark by itself. */
  | { kind: 'system' }

export const COMMAND: Actor = { kind: 'command' }
export const SYSTEM: Actor = { kind: 'system' }
