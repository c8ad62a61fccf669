import { expect, test } from 'vitest';
import { fingerprintWords } from './fingerprint-words.ts';

test('a fingerprint reads as four words, those of the published examples', () => {
  // 127.0.0.1 is lusab-babad and 63.84.220.193 is gutih-tugad in the paper.
  expect(fingerprintWords('7f0000013f54dcc1ffff')).toBe('lusab babad gutih tugad');
});

test('every bit of the first 64 changes a word', () => {
  const base = 0x0123456789abcdefn;
  const words = new Set([fingerprintWords(base.toString(16).padStart(16, '0'))]);
  for (let bit = 0n; bit < 64n; bit += 1n) {
    words.add(fingerprintWords((base ^ (1n << bit)).toString(16).padStart(16, '0')));
  }
  expect(words.size).toBe(65);
});
