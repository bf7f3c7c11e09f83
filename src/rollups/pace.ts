/**
 * How long a transaction that rolls or verifies aims to take, in seconds: live rolls of the account wait for it, a kill loses
 * no more, and within it work is paused. Much of what a small one takes it takes however little it does.
 */
const SECONDS = 1

/** How much the next transaction takes on after one of `size` that took so many seconds: at most four times as much, or a quarter. */
export function nextSize(size: number, seconds: number, smallest: number, largest: number): number {
  const pace = Math.min(4, Math.max(0.25, SECONDS / seconds))
  return Math.round(Math.min(largest, Math.max(smallest, size * pace)))
}
