import assert from 'node:assert/strict';

/** One bit a dot, rows padded to whole bytes, 1 is black. */
export interface Bitmap {
  widthDots: number;
  heightDots: number;
  rows: Buffer;
}

/** Reads a portable bitmap (P4) as `drawnTicket` writes it. */
export function readPortableBitmap(bytes: Buffer): Bitmap {
  const header = /^P4\n(\d+) (\d+)\n/.exec(bytes.toString('latin1', 0, 32));
  assert(header !== null, 'not a portable bitmap');
  const [widthDots, heightDots] = [Number(header[1]), Number(header[2])];
  const rows = bytes.subarray(header[0].length);
  assert(
    rows.length === Math.ceil(widthDots / 8) * heightDots,
    'a portable bitmap of another size than it says',
  );
  return { widthDots, heightDots, rows };
}

/** Whether a dot is black. */
export function isBlack({ widthDots, rows }: Bitmap, x: number, y: number): boolean {
  return (((rows[y * Math.ceil(widthDots / 8) + (x >> 3)] ?? 0) << (x & 7)) & 0x80) !== 0;
}
