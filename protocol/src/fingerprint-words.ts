const consonants = 'bdfghjklmnprstvz';
const vowels = 'aiou';

/**
 * Four words for a fingerprint, to be compared by two people over the telephone: proquints (arXiv 0901.4016), each 16
 * bits of it. Whoever wants another key with the same words has 2^64 to try.
 * @param fingerprint SHA-256 in hex, or at least 16 hex digits of it
 */
export function fingerprintWords(fingerprint: string): string {
  const quads = fingerprint.slice(0, 16).match(/.{4}/g) ?? [];
  return quads.map((quad) => wordOf(Number.parseInt(quad, 16))).join(' ');
}

function wordOf(bits: number): string {
  const consonant = (shift: number) => consonants[(bits >> shift) & 15] ?? '';
  const vowel = (shift: number) => vowels[(bits >> shift) & 3] ?? '';
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}
