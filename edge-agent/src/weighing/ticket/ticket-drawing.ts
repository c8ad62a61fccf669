import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, PDFDocument } from '@napi-rs/canvas';
import { drawTicket, FONT_FAMILIES, type TicketLayout } from './draw-ticket.ts';
import type { Ticket } from './ticket.ts';

/** PDF for 80 mm paper or a sheet of A5; `pbm` is a bitmap for a printer of 80 mm paper, 8 dots a millimetre. */
export type TicketDrawing = 'pdf-80mm' | 'pdf-a5' | 'pbm';

const POINTS_PER_MM = 72 / 25.4;
const DOTS_PER_MM = 8;
/** 72 mm of 80 mm paper can be printed. */
const RECEIPT: TicketLayout = { width: 576, margin: 12, fontSize: 24, qrModule: 6 };
const A5: TicketLayout = { width: 420, margin: 36, fontSize: 11, qrModule: 2.5 };
const A5_HEIGHT = 595;

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

/** Draws a ticket, with the real shaping of Hebrew and Arabic. Loading this file costs about 30 MB. */
export function drawnTicket(ticket: Ticket, drawing: TicketDrawing): Buffer {
  return drawing === 'pbm' ? bitmap(ticket) : pdf(ticket, drawing);
}

function heightOf(ticket: Ticket, layout: TicketLayout): number {
  return drawTicket(createCanvas(1, 1).getContext('2d'), ticket, layout);
}

function pdf(ticket: Ticket, drawing: 'pdf-80mm' | 'pdf-a5'): Buffer {
  const document = new PDFDocument({ title: ticket.ticketNo });
  if (drawing === 'pdf-a5') {
    const context = document.beginPage(A5.width, A5_HEIGHT);
    // A ticket with many containers is drawn smaller rather than cut off.
    const scale = Math.min(1, A5_HEIGHT / heightOf(ticket, A5));
    context.translate((A5.width * (1 - scale)) / 2, 0);
    context.scale(scale, scale);
    drawTicket(context, ticket, A5);
  } else {
    const scale = POINTS_PER_MM / DOTS_PER_MM;
    const marginMm = (80 - RECEIPT.width / DOTS_PER_MM) / 2;
    const context = document.beginPage(80 * POINTS_PER_MM, heightOf(ticket, RECEIPT) * scale);
    context.translate(marginMm * POINTS_PER_MM, 0);
    context.scale(scale, scale);
    drawTicket(context, ticket, RECEIPT);
  }
  document.endPage();
  return document.close();
}

/** Portable bitmap (P4): one bit a dot, 1 is black. */
function bitmap(ticket: Ticket): Buffer {
  const { width } = RECEIPT;
  const height = heightOf(ticket, RECEIPT);
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  drawTicket(context, ticket, RECEIPT);
  const { data } = context.getImageData(0, 0, width, height);
  const rows = new Uint8Array((width / 8) * height);
  for (let dot = 0; dot < width * height; dot += 1) {
    // Everything drawn is grey: one channel says how dark.
    if ((data[dot * 4] ?? 255) < 128) rows[dot >> 3] = (rows[dot >> 3] ?? 0) | (0x80 >> (dot & 7));
  }
  return Buffer.concat([Buffer.from(`P4\n${width} ${height}\n`), rows]);
}
