import { readPortableBitmap } from '../../weighing/ticket/portable-bitmap.ts';
import type { PrinterState } from './printer.ts';

const ESC = 0x1b;
const GS = 0x1d;
const DLE = 0x10;
const EOT = 0x04;

/** Rows sent at once: a small printer holds no more than a few kilobytes. */
const BAND_ROWS = 128;
const FEED_LINES = 4;

/**
 * A ticket for a receipt printer: Hebrew and Arabic as dots, since no two printers agree on their code pages.
 * @see Epson ESC/POS command reference: ESC @, GS v 0, ESC d, GS V
 * @param portableBitmap as `drawnTicket` makes it
 */
export function escposTicket(portableBitmap: Buffer): Buffer {
  const bitmap = readPortableBitmap(portableBitmap);
  const rowBytes = Math.ceil(bitmap.widthDots / 8);
  const bands: Buffer[] = [];
  for (let row = 0; row < bitmap.heightDots; row += BAND_ROWS) {
    const rows = Math.min(BAND_ROWS, bitmap.heightDots - row);
    bands.push(
      Buffer.from([GS, 0x76, 0x30, 0, rowBytes & 0xff, rowBytes >> 8, rows & 0xff, rows >> 8]),
      bitmap.rows.subarray(row * rowBytes, (row + rows) * rowBytes),
    );
  }
  return Buffer.concat([
    Buffer.from([ESC, 0x40]),
    ...bands,
    Buffer.from([ESC, 0x64, FEED_LINES]),
    // Partial cut after feeding to the cutter.
    Buffer.from([GS, 0x56, 0x42, 0]),
  ]);
}

/** The questions of DLE EOT n whose answers make up a state: 1 printer, 2 cause of being off-line, 4 roll of paper. */
export const statusQuestions = [1, 2, 4] as const;
export type StatusAnswers = Record<(typeof statusQuestions)[number], number>;

export function askStatus(question: (typeof statusQuestions)[number]): Uint8Array {
  return Uint8Array.of(DLE, EOT, question);
}

/** A status byte has bits 1 and 4 set and bits 0 and 7 clear; anything else on the line is none. */
export function isStatusByte(byte: number): boolean {
  return (byte & 0x93) === 0x12;
}

/** @see Epson ESC/POS command reference, DLE EOT: tables of the answers */
export function stateOf(answers: StatusAnswers): PrinterState {
  const [offline, cause, roll] = [answers[1], answers[2], answers[4]];
  if ((roll & 0x60) !== 0 || (cause & 0x20) !== 0) return 'paper_out';
  if ((cause & 0x04) !== 0) return 'cover_open';
  if ((cause & 0x40) !== 0 || (offline & 0x08) !== 0) return 'error';
  return (roll & 0x0c) !== 0 ? 'paper_low' : 'ready';
}
