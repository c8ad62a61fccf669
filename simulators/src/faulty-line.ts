import { strict as assert } from 'node:assert';
import type { Random } from './random.ts';
import { readAtWrongBaud, readWithParityAsData } from './serial-bits.ts';

/** What a line that is stalled may hold; beyond it everything comes out at once. */
const MAX_HELD_BYTES = 16 * 1024;
const MAX_STALL_CHUNKS = 20;
const MAX_NOISE_BYTES = 8;
const [SENT_BAUD, WRONG_BAUD] = [9600, 4800];

/** How likely each fault is for a chunk, 0 to 1. A fault that is not named does not happen. */
export interface LineFaults {
  /** The chunk arrives in two pieces. */
  split?: number;
  /** The chunk is held back and arrives in one piece with the next. */
  merge?: number;
  /** A run of bytes in the chunk is lost. */
  drop?: number;
  /** One bit of the chunk is inverted. */
  flip?: number;
  /** 1 to 8 bytes of noise arrive before the chunk. */
  garble?: number;
  /** Nothing arrives for 2 to 20 chunks, then all of it in one piece. */
  stall?: number;
  /** The chunk is read at 4800 Bd although it was sent at 9600. */
  wrongBaud?: number;
  /** The chunk is sent with 7 data bits and even parity and read with 8 data bits. */
  parityAsData?: number;
}

/**
 * A line between indicator and agent that behaves as badly as told, the same way every time for the same seed.
 * @returns takes what was sent, gives what arrives now, in order; bytes held back come with a later chunk
 */
export function faultyLine(random: Random, faults: LineFaults): (chunk: Uint8Array) => Uint8Array[] {
  for (const [fault, chance] of Object.entries(faults)) {
    assert(chance >= 0 && chance <= 1, `${fault} is a chance from 0 to 1, not ${chance}`);
  }
  const strikes = (fault: keyof LineFaults) => random.next() < (faults[fault] ?? 0);
  let held = new Uint8Array();
  let chunksToHold = 0;

  return (sent) => {
    if (sent.length === 0) return [];
    let chunk = sent;
    if (strikes('drop')) chunk = withoutRun(chunk, random);
    if (chunk.length > 0 && strikes('flip')) chunk = withFlippedBit(chunk, random);
    if (strikes('parityAsData')) chunk = readWithParityAsData(chunk);
    if (strikes('wrongBaud')) chunk = readAtWrongBaud(chunk, SENT_BAUD, WRONG_BAUD);
    if (strikes('garble')) chunk = joined(noise(random), chunk);

    if (chunksToHold > 0) chunksToHold -= 1;
    else if (strikes('stall')) chunksToHold = random.whole(2, MAX_STALL_CHUNKS);
    else if (strikes('merge')) chunksToHold = 1;

    held = joined(held, chunk);
    if (chunksToHold > 0 && held.length <= MAX_HELD_BYTES) return [];
    const arriving = held;
    held = new Uint8Array();
    chunksToHold = 0;
    if (arriving.length === 0) return [];
    if (arriving.length < 2 || !strikes('split')) return [arriving];
    const cut = random.whole(1, arriving.length - 1);
    return [arriving.slice(0, cut), arriving.slice(cut)];
  };
}

function withoutRun(chunk: Uint8Array, random: Random): Uint8Array {
  const from = random.whole(0, chunk.length - 1);
  const to = random.whole(from + 1, chunk.length);
  return joined(chunk.slice(0, from), chunk.slice(to));
}

function withFlippedBit(chunk: Uint8Array, random: Random): Uint8Array {
  const struck = random.whole(0, chunk.length - 1);
  const bit = 1 << random.whole(0, 7);
  return chunk.map((byte, at) => (at === struck ? byte ^ bit : byte));
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.whole(1, MAX_NOISE_BYTES) }, () => random.whole(0, 255));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
