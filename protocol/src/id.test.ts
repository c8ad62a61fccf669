import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { deviceIdSchema, idMaker, siteCodeSchema, uuidSchema } from './id.ts';

const clockAt = (wallMs: number) => ({ ...systemClock, now: () => wallMs });

describe('an id', () => {
  test('is a UUIDv7 that begins with the milliseconds of its maker’s clock', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), (wallMs) => {
        const id = idMaker(clockAt(wallMs))();
        expect(uuidSchema.parse(id)).toBe(id);
        expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(wallMs);
      }),
    );
  });

  test('is not made twice while the clock stands still', () => {
    const makeId = idMaker(clockAt(1_791_184_711_905));
    expect(new Set(Array.from({ length: 10_000 }, makeId)).size).toBe(10_000);
  });

  test('comes after those made before it, also within one millisecond', () => {
    const makeId = idMaker(clockAt(1_791_184_711_905));
    const ids = Array.from({ length: 1000 }, makeId);
    expect(ids.toSorted()).toEqual(ids);
  });

  test('of another maker at the same moment is another', () => {
    const makers = Array.from({ length: 1000 }, () => idMaker(clockAt(1_791_184_711_905)));
    expect(new Set(makers.map((makeId) => makeId())).size).toBe(1000);
  });

  test.each([
    ['of version 4', '9b2f1c1e-3a55-4c1d-9f0a-1d2e3f405162'],
    ['in upper case', '01A10AED-B0E1-737F-BB50-9754035A8E6F'],
    ['of a foreign variant', '01a10aed-b0e1-737f-cb50-9754035a8e6f'],
    ['without dashes', '01a10aedb0e1737fbb509754035a8e6f'],
    ['followed by a line feed', '01a10aed-b0e1-737f-bb50-9754035a8e6f\n'],
    ['that is empty', ''],
  ])('%s is refused', (_, text) => {
    expect(uuidSchema.safeParse(text).success).toBe(false);
  });
});

test.each(['demo-1', 'a', '0', 'a'.repeat(63)])('%s is a device', (name) => {
  expect(deviceIdSchema.safeParse(name).success).toBe(true);
});

test.each(['', '-a', 'A', 'a_b', 'a.b', 'a/b', 'é', 'a\n', 'a'.repeat(64)])('%j is no device', (name) => {
  expect(deviceIdSchema.safeParse(name).success).toBe(false);
});

test.each(['DEMO', 'A1', 'ABCDEFGH'])('%s is a site code', (code) => {
  expect(siteCodeSchema.safeParse(code).success).toBe(true);
});

test.each(['', 'A', 'demo', 'A-B', 'ABCDEFGHI', 'ÄÖ'])('%j is no site code', (code) => {
  expect(siteCodeSchema.safeParse(code).success).toBe(false);
});
