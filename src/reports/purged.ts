import type { Instant } from '../clock.ts'
import { rawPurged, type Kept } from '../rollups/kept.ts'
import type { Slice } from './cover.ts'

/**
 * The slices whose raw rows are there. Before anything happened there is nothing to read: a row that was written there after
 * the purge counts nowhere.
 * @throws Refusal (422) when a slice needs raw rows that were purged
 */
export function readable(slices: readonly Slice[], { first, raw }: Kept): Slice[] {
  if (raw === -Infinity) return [...slices]
  return slices.flatMap((slice) => {
    if (slice.from >= raw) return [slice]
    if (slice.until > Math.min(first, raw)) throw rawPurged(raw)
    return []
  })
}

/** @throws Refusal (422) when raw rows from `since` on were purged */
export function requireKept({ raw }: Kept, since: Instant): void {
  if (since < raw) throw rawPurged(raw)
}
