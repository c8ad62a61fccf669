import { describe, expect, test } from 'vitest';
import { truckIdSchema, truckKeyOf } from './truck.ts';

describe('a truck is the same however its plate was typed', () => {
  test.each([
    ['77-421-03', '7742103'],
    ['77 421 03', '7742103'],
    ['77_421_03', '7742103'],
    ['b xy 204', 'BXY204'],
    ['７７-421-03', '7742103'],
    ['ב 204', 'ב204'],
    ['٧٧-٤٢١-٠٣', '7742103'],
    ['۷۷ ۴۲۱ ۰۳', '7742103'],
  ])('%s is %s', (typed, key) => {
    expect(truckKeyOf(typed)).toBe(key);
    expect(truckIdSchema.parse(typed)).toBe(typed);
  });

  test('and another one when a character differs', () => {
    expect(truckKeyOf('77-421-03')).not.toBe(truckKeyOf('77-421-08'));
  });
});

test.each(['', ' 77', '-77', '77\n', '77/421', '77\0', '7'.repeat(21), '=1+1', '<b>'])(
  '%j is no plate',
  (plate) => {
    expect(truckIdSchema.safeParse(plate).success).toBe(false);
  },
);
