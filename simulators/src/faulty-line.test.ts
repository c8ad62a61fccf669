import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultyLine, type LineFaults } from './faulty-line.ts';
import { seededRandom } from './random.ts';

const chunks = Array.from({ length: 400 }, (_, i) =>
  Uint8Array.from({ length: 18 }, (_, at) => (i + at) % 256),
);

const arrivalsOf = (faults: LineFaults, sent = chunks, seed = 5) => {
  const line = faultyLine(seededRandom(seed), faults);
  return sent.map((chunk) => line(chunk));
};
const bytesOf = (arrivals: Uint8Array[][]) => Buffer.concat(arrivals.flat());
const sentBytes = Buffer.concat(chunks);

test('without faults every chunk arrives as it was sent', () => {
  expect(arrivalsOf({})).toEqual(chunks.map((chunk) => [chunk]));
});

test('split, merge and stall change when bytes arrive, never which', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 }), (seed, sent) => {
      const arrived = bytesOf(arrivalsOf({ split: 0.4, merge: 0.4, stall: 0.1 }, sent, seed));
      const all = Buffer.concat(sent);
      expect(all.subarray(0, arrived.length)).toEqual(arrived);
    }),
  );
});

test('each fault does what its name says', () => {
  expect(arrivalsOf({ split: 1 }).every((arrived) => arrived.length === 2)).toBe(true);
  expect(
    arrivalsOf({ merge: 1 })
      .flat()
      .every((chunk) => chunk.length === 36),
  ).toBe(true);
  expect(bytesOf(arrivalsOf({ drop: 0.5 })).length).toBeLessThan(sentBytes.length);
  expect(bytesOf(arrivalsOf({ garble: 0.5 })).length).toBeGreaterThan(sentBytes.length);
  const silences = arrivalsOf({ stall: 0.2 }).filter((arrived) => arrived.length === 0);
  expect(silences.length).toBeGreaterThan(100);
});

test('a flip inverts one bit of a chunk and nothing else', () => {
  const flipped = bytesOf(arrivalsOf({ flip: 1 }));
  expect(flipped.length).toBe(sentBytes.length);
  for (let at = 0; at < sentBytes.length; at += 18) {
    let bits = 0;
    for (let i = at; i < at + 18; i += 1) {
      for (let difference = (sentBytes[i] ?? 0) ^ (flipped[i] ?? 0); difference > 0; difference >>= 1) {
        bits += difference & 1;
      }
    }
    expect(bits).toBe(1);
  }
});

test('the same seed makes the same faults', () => {
  const faults = { split: 0.2, merge: 0.2, drop: 0.2, flip: 0.2, garble: 0.2, stall: 0.05 };
  expect(arrivalsOf(faults)).toEqual(arrivalsOf(faults));
  expect(arrivalsOf(faults)).not.toEqual(arrivalsOf(faults, chunks, 6));
});

test('a stalled line holds back a bounded amount', () => {
  const big = Array.from({ length: 30 }, () => new Uint8Array(10_000));
  const arrivals = arrivalsOf({ stall: 1 }, big);
  let silentInARow = 0;
  for (const arrived of arrivals) {
    silentInARow = arrived.length === 0 ? silentInARow + 1 : 0;
    expect(silentInARow).toBeLessThanOrEqual(1);
  }
});

test('a chance beyond 1 is our mistake', () => {
  expect(() => faultyLine(seededRandom(1), { drop: 2 })).toThrow('drop is a chance from 0 to 1');
});
