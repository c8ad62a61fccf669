import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, PDFDocument } from '@napi-rs/canvas';
import type { BillDocument } from './bill-document.ts';
import { FONT_FAMILIES, PAGE, pagesOf } from './draw-document.ts';

const require = createRequire(import.meta.url);
/** Package, subset and family of every font file; weights 400 and 700 of each. */
const fontFiles = [
  ['noto-sans', 'noto-sans-latin', FONT_FAMILIES[0]],
  ['noto-sans', 'noto-sans-latin-ext', FONT_FAMILIES[0]],
  ['noto-sans', 'noto-sans-cyrillic', FONT_FAMILIES[0]],
  ['noto-sans-hebrew', 'noto-sans-hebrew-hebrew', FONT_FAMILIES[1]],
  ['noto-sans-arabic', 'noto-sans-arabic-arabic', FONT_FAMILIES[2]],
] as const;

for (const [name, subset, family] of fontFiles) {
  for (const weight of [400, 700]) {
    const file = require.resolve(`@fontsource/${name}/files/${subset}-${weight}-normal.woff2`);
    GlobalFonts.register(readFileSync(file), family);
  }
}

/**
 * Draws a document as PDF, with the real shaping of Hebrew and Arabic. No clock and no chance goes in: the same document is
 * the same bytes. Loading this file costs about 30 MB.
 */
export function drawnDocument(document: BillDocument): Buffer {
  const pdf = new PDFDocument({ title: document.title, creator: 'Weighgate' });
  for (const draw of pagesOf(document, createCanvas(1, 1).getContext('2d'))) {
    draw(pdf.beginPage(PAGE.width, PAGE.height));
    pdf.endPage();
  }
  return pdf.close();
}
