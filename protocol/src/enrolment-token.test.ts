import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPinned, readEnrolmentToken, writeEnrolmentToken } from './enrolment-token.ts';

test('a token is read as it was written, also in lower case, without hyphens and with blanks', () => {
  const [secret, fingerprint] = [randomBytes(16), randomBytes(32)];
  const text = writeEnrolmentToken(secret, fingerprint);
  expect(text).toMatch(/^([A-Z2-7]{8}-){6}[A-Z2-7]{8}$/);
  for (const spelled of [text, text.toLowerCase(), text.replaceAll('-', ''), text.replaceAll('-', ' ')]) {
    const reading = readEnrolmentToken(spelled);
    if (reading.kind !== 'token') throw new Error(reading.reason);
    expect(reading.token.secret).toEqual(secret);
    expect(isPinned(reading.token, fingerprint)).toBe(true);
    expect(isPinned(reading.token, randomBytes(32))).toBe(false);
  }
});

test('a token with one letter misread, or left out, or with letters too many, is told from a good one', () => {
  const text = writeEnrolmentToken(randomBytes(16), randomBytes(32)).replaceAll('-', '');
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'];
  for (let at = 0; at < text.length; at += 1) {
    const other = others[(others.indexOf(text[at] ?? '') + 7) % 32] ?? '';
    expect(readEnrolmentToken(text.slice(0, at) + other + text.slice(at + 1)).kind).toBe('malformed');
    expect(readEnrolmentToken(text.slice(0, at) + text.slice(at + 1)).kind).toBe('malformed');
  }
  for (const wrong of ['', `${text}A`, text.replace(/^./, '1'), `${text}${text}`]) {
    expect(readEnrolmentToken(wrong).kind, wrong).toBe('malformed');
  }
});

test('whatever is typed in place of a token is refused in words and never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => readEnrolmentToken(text).kind === 'malformed'));
});
