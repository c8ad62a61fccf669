import { expect, test } from 'vitest';
import { masterDataBodies, truckOwnerAt } from './master-data-bodies.ts';

const body = masterDataBodies.truck.parse({
  truck: '77-421-03',
  providerId: 10_001,
  aliasOf: null,
  validFrom: null,
  validTo: null,
  laterOwners: [
    { providerId: 10_002, validFrom: '2026-07-01T00:00:00.000Z' },
    { providerId: 10_003, validFrom: '2026-08-01T00:00:00.000Z' },
  ],
});

test.each([
  ['2026-06-30T23:59:59.999Z', 10_001],
  ['2026-07-01T00:00:00.000Z', 10_002],
  ['2026-07-31T23:59:59.999Z', 10_002],
  ['2026-08-01T00:00:00.000Z', 10_003],
])('at %s the truck is of provider %d', (at, owner) => {
  expect(truckOwnerAt(body, Date.parse(at))).toBe(owner);
});

test('a row from a cloud that knows of no later owners names the one there is', () => {
  const { laterOwners: _, ...older } = body;
  expect(truckOwnerAt(older, Date.parse('2026-08-01T00:00:00Z'))).toBe(10_001);
});
