import type { Branding } from '../../accounts/settings.ts'
import { readableOn } from '../../contrast.ts'

/** The colours of mail and pictures, one set for light and one for dark surroundings. */
export interface Palette {
  page: string
  card: string
  tile: string
  line: string
  ink: string
  muted: string
  accent: string
  /** The accent as text on a tile. */
  accentOnTile: string
  /** Text on the accent. */
  onAccent: string
  /** The bars of the previous period. */
  faded: string
  better: string
  worse: string
  noticeInk: string
  noticeCard: string
  /** From nothing to the most, for the heatmap. */
  scale: readonly [string, string, string, string, string, string]
}

/** Every text colour has a contrast of at least 4.5 to every background it stands on. */
export const light: Palette = {
  page: '#eef2f4',
  card: '#ffffff',
  tile: '#f6f8f9',
  line: '#e2e8ec',
  ink: '#17232d',
  muted: '#576673',
  accent: '#0d6470',
  accentOnTile: '#0d6470',
  onAccent: '#ffffff',
  faded: '#c3d2d8',
  better: '#0a6b45',
  worse: '#b3261e',
  noticeInk: '#7a4a05',
  noticeCard: '#fdf4e3',
  scale: ['#edf2f4', '#cfe3e5', '#9fc9cd', '#66a7ae', '#2f818b', '#0b5560'],
}

export const dark: Palette = {
  page: '#0d1317',
  card: '#151d23',
  tile: '#1b252c',
  line: '#2b3841',
  ink: '#eef3f6',
  muted: '#a2b2be',
  accent: '#5cc4cf',
  accentOnTile: '#5cc4cf',
  onAccent: '#0d1317',
  faded: '#43545f',
  better: '#5fd3a0',
  worse: '#ff958c',
  noticeInk: '#f4cb84',
  noticeCard: '#33290f',
  scale: ['#1f2a31', '#23424a', '#276069', '#2f828c', '#45a9b4', '#7fe0e8'],
}

/** The colours of a digest: those above, with the accent that its account has settled. */
export function palettesOf({ branding }: { branding?: Pick<Branding, 'accent'> }): Record<'light' | 'dark', Palette> {
  const accent = branding?.accent
  if (!accent) return { light, dark }
  // It can be read on white; a tile is a little darker, and the dark are dark.
  const brighter = readableOn(accent, [dark.card, dark.tile], '#ffffff')
  return {
    light: { ...light, accent, accentOnTile: readableOn(accent, [light.tile], '#000000') },
    dark: { ...dark, accent: brighter, accentOnTile: brighter, onAccent: readableOn(dark.onAccent, [brighter], '#000000') },
  }
}
