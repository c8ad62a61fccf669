import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_REASON_LENGTH, plainReasonOf, plainTextSchema } from './plain-text.ts';

describe('plain text', () => {
  test.each(['main', 'Brücke 1', 'משקל 2', '  24860', 'mt-continuous', 'scale 🚛'])('%j is plain', (text) => {
    expect(plainTextSchema(20).safeParse(text).success).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['U+0000, which PostgreSQL cannot store', 'a\0'],
    ['a line feed', 'a\n'],
    ['half a surrogate pair', 'a\ud83d'],
    ['a direction override, which shows digits in another order', '12\u202e34'],
    ['a line separator', 'a\u2028b'],
    ['one character too many', 'a'.repeat(21)],
  ])('%s is not', (_, text) => {
    expect(plainTextSchema(20).safeParse(text).success).toBe(false);
  });
});

test('a reason quoting any text is one bounded, readable, storable line', () => {
  const anyText = fc.string({
    unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)),
    maxLength: 900,
  });
  fc.assert(
    fc.property(anyText, (text) => {
      const reason = plainReasonOf(text);
      expect(reason.length).toBeLessThanOrEqual(MAX_REASON_LENGTH);
      expect(reason === '' || plainTextSchema(MAX_REASON_LENGTH).safeParse(reason).success).toBe(true);
    }),
  );
});
