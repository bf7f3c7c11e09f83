import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'

const resolve = createRequire(import.meta.url).resolve

// The fonts travel with the program: on a bare machine system fonts are missing, and then every label vanishes silently.
const fonts = [
  'inter/400Regular/Inter_400Regular.ttf',
  'inter/600SemiBold/Inter_600SemiBold.ttf',
  'noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf',
  'noto-sans-arabic/600SemiBold/NotoSansArabic_600SemiBold.ttf',
].map((file) => resolve(`@expo-google-fonts/${file}`))

/** Draws an SVG at twice its size, for sharp screens. The same SVG gives the same bytes. */
export function pngOf(svg: string): Buffer {
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: false, fontFiles: fonts, defaultFontFamily: 'Inter' },
  })
  return Buffer.from(image.render().asPng())
}
