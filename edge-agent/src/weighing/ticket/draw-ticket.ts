import type { SKRSContext2D } from '@napi-rs/canvas';
import { directionOf } from '@weighgate/protocol';
import { encode } from 'uqr';
import type { Ticket, TicketLine } from './ticket.ts';

/** Measures of a layout, in units of its page: dots of a receipt printer, points of a PDF. */
export interface TicketLayout {
  width: number;
  margin: number;
  fontSize: number;
  /** Side of one module of the QR code; whole dots keep a printed code readable. */
  qrModule: number;
}

/** The families that `drawnTicket` registers; each letter comes from the first that has it. */
export const FONT_FAMILIES = ['Weighgate Latin', 'Weighgate Hebrew', 'Weighgate Arabic'] as const;

const LINE_HEIGHT = 1.45;
/** Light modules around a QR code, ISO/IEC 18004 6.3.8. */
const QUIET_MODULES = 4;

/** What is used of a canvas, whether it becomes a page or a bitmap. */
type Canvas = Pick<
  SKRSContext2D,
  'direction' | 'textBaseline' | 'textAlign' | 'fillStyle' | 'font' | 'fillText' | 'fillRect' | 'measureText'
>;

/**
 * Draws the ticket from the top, labels where its language begins a line and values where it ends one.
 * @returns the height it took
 */
export function drawTicket(
  context: Canvas,
  ticket: Ticket,
  { width, margin, fontSize, qrModule }: TicketLayout,
): number {
  const direction = directionOf(ticket.language);
  const [startX, endX] = direction === 'ltr' ? [margin, width - margin] : [width - margin, margin];
  const innerWidth = width - 2 * margin;
  let y = margin;
  context.direction = direction;
  context.textBaseline = 'top';
  context.fillStyle = '#000';

  const setFont = (size: number, weight: 400 | 700) => {
    context.font = `${weight} ${size}px ${FONT_FAMILIES.map((family) => `"${family}"`).join(', ')}`;
  };
  const write = (text: string, x: number, align: 'start' | 'end' | 'center') => {
    context.textAlign = align;
    context.fillText(text, x, y);
  };

  function drawCentred(text: string, size: number): void {
    setFont(size, 700);
    for (const row of rowsWithin(context, text, innerWidth)) {
      write(row, width / 2, 'center');
      y += size * LINE_HEIGHT;
    }
  }

  function drawRule(): void {
    context.fillRect(
      margin,
      Math.round(y + fontSize * 0.25),
      innerWidth,
      Math.max(1, Math.round(fontSize / 16)),
    );
    y += fontSize * 0.7;
  }

  function drawLine({ label, value, strong }: TicketLine): void {
    const size = strong ? fontSize * 1.2 : fontSize;
    setFont(size, strong ? 700 : 400);
    const height = size * LINE_HEIGHT;
    const fitsBeside = context.measureText(`${label}  ${value}`).width <= innerWidth;
    for (const row of fitsBeside ? [label] : rowsWithin(context, label, innerWidth)) {
      write(row, startX, 'start');
      if (!fitsBeside) y += height;
    }
    for (const row of fitsBeside ? [value] : rowsWithin(context, value, innerWidth)) {
      write(row, endX, 'end');
      y += height;
    }
  }

  function drawQr(): void {
    const { data, size } = encode(ticket.payload, { ecc: 'M', border: 0 });
    y += QUIET_MODULES * qrModule;
    const left = Math.round((width - size * qrModule) / 2);
    const top = Math.round(y);
    for (const [row, modules] of data.entries()) {
      for (const [column, dark] of modules.entries()) {
        if (dark) context.fillRect(left + column * qrModule, top + row * qrModule, qrModule, qrModule);
      }
    }
    y = top + (size + QUIET_MODULES) * qrModule;
  }

  drawCentred(ticket.title, fontSize * 1.4);
  for (const mark of ticket.marks) drawCentred(mark, fontSize * 1.6);
  for (const group of ticket.groups) {
    drawRule();
    for (const line of group) drawLine(line);
  }
  drawRule();
  drawQr();
  return Math.ceil(y + margin);
}

/** Text broken at blanks into rows of at most `width`; a word that is longer overhangs. */
function rowsWithin(context: Canvas, text: string, width: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(' ')) {
    const last = rows.at(-1);
    if (last !== undefined && context.measureText(`${last} ${word}`).width <= width)
      rows.splice(-1, 1, `${last} ${word}`);
    else rows.push(word);
  }
  return rows;
}
