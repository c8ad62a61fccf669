import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framerOf } from './framer.ts';
import type { Framing, MarkedFraming } from './framing.ts';
import { indicatorOf } from './models.ts';

/** `< text >` of at most six bytes, and none with an x in it. */
const bracketed: MarkedFraming = {
  kind: 'marked',
  maxBytes: 6,
  startByte: 0x3c,
  frameAt(bytes, offset, end) {
    for (let at = offset + 1; at < offset + 6; at += 1) {
      if (at === end) return 0;
      if (bytes[at] === 0x78) return -1;
      if (bytes[at] === 0x3e) return at - offset + 1;
    }
    return -1;
  },
};
const framings = [
  bracketed,
  { ...bracketed, startByte: null, frameAt: frameOrDrop },
  indicatorOf({ model: 'mt-continuous' }).framing,
  indicatorOf({ model: 'mt-continuous', checksum: 'none', variant: 'short' }).framing,
];

function frameOrDrop(bytes: Uint8Array, offset: number, end: number): number {
  return bytes[offset] === 0x3c ? bracketed.frameAt(bytes, offset, end) : -1;
}

function cut(framing: Framing, chunks: Uint8Array[]) {
  const frames: string[] = [];
  let [discarded, mostPending] = [0, 0];
  const framer = framerOf(framing, {
    frame: (frame) => frames.push(Buffer.from(frame).toString('latin1')),
    discarded: (bytes) => {
      discarded += bytes.length;
    },
  });
  for (const chunk of chunks) {
    framer.push(chunk);
    mostPending = Math.max(mostPending, framer.pendingBytes());
  }
  return { frames, discarded, pending: framer.pendingBytes(), mostPending };
}

/** Bytes that are often the ones a framing looks for. */
const likelyBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x3c, 0x3e, 0x78, 0x02, 0x0d, 0x20, 0x30),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...Buffer.from('022a30202031323334302020202020300d0d', 'hex')),
    ),
    { maxLength: 120 },
  )
  .map((bytes) => Uint8Array.from(bytes));

function chunksOf(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

describe('a framer', () => {
  test('cuts the same frames and discards as many bytes however the line splits them', () => {
    fc.assert(
      fc.property(fc.constantFrom(...framings), likelyBytes, fc.array(fc.nat()), (framing, bytes, cuts) => {
        const { mostPending: _whole, ...whole } = cut(framing, [bytes]);
        const { mostPending, ...split } = cut(framing, chunksOf(bytes, cuts));
        expect(split).toEqual(whole);
        expect(mostPending).toBeLessThan(framing.maxBytes);
      }),
      { numRuns: 500 },
    );
  });

  test('accounts for every byte: in a frame, discarded or held back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...framings), likelyBytes, (framing, bytes) => {
        const { frames, discarded, pending } = cut(framing, [bytes]);
        expect(frames.join('').length + discarded + pending).toBe(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  test('finds a frame after any noise without a start byte in it', () => {
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.filter((byte) => byte !== 0x3c));
    fc.assert(
      fc.property(noise, (bytes) => {
        const { frames, discarded } = cut(bracketed, [bytes, Buffer.from('<ok>')]);
        expect(frames).toEqual(['<ok>']);
        expect(discarded).toBe(bytes.length);
      }),
    );
  });

  test('finds a frame inside the ruins of another', () => {
    expect(cut(bracketed, [Buffer.from('<brox<ok>')])).toMatchObject({ frames: ['<ok>'], discarded: 5 });
  });

  test('hands out copies: what the line does with its buffer afterwards changes no frame', () => {
    const kept: Uint8Array[] = [];
    const framer = framerOf(bracketed, { frame: (frame) => kept.push(frame), discarded: () => undefined });
    const pool = Buffer.from('<one><tw');
    framer.push(pool);
    pool.fill(0x78);
    framer.push(Buffer.from('o>'));
    expect(kept.map((frame) => Buffer.from(frame).toString())).toEqual(['<one>', '<two>']);
    expect(kept[0]?.buffer.byteLength).toBe(5);
  });

  test('calls a framing that holds back more than its longest frame a mistake', () => {
    const greedy: Framing = { kind: 'marked', maxBytes: 4, startByte: null, frameAt: () => 0 };
    expect(() => cut(greedy, [Buffer.from('1234')])).toThrow(/within its longest frame/);
  });
});
