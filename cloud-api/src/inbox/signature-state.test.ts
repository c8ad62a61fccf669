import { generateKeyPairSync, sign } from 'node:crypto';
import { journalClaimOf } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { signatureJudge } from './signature-state.ts';

const incarnation = '01a10a36-67d2-70aa-bb66-ae528194f836';
const hash = 'a'.repeat(64);

function keyPair(changes: object = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    key: {
      publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
      incarnation: null,
      validFromSeq: 1,
      validToSeq: null,
      retired: false,
      ...changes,
    },
    entry: (seq: number) => ({
      seq,
      hash,
      entry: '{}',
      signature: sign(null, Buffer.from(journalClaimOf(incarnation, { seq, hash })), privateKey).toString(
        'base64url',
      ),
    }),
  };
}

test('an entry signed by the key on file is verified', () => {
  const { key, entry } = keyPair();
  expect(signatureJudge(incarnation, [key])(entry(4))).toBe('verified');
});

test('without a key on file nothing can be said', () => {
  const { entry } = keyPair();
  expect(signatureJudge(incarnation, [])(entry(4))).toBe('unverified');
});

test('with a key on file, another signature, another place, another hash and none at all are bad', () => {
  const { key, entry } = keyPair();
  const other = keyPair();
  const good = entry(4);
  for (const claimed of [
    other.entry(4),
    { ...good, seq: 5 },
    { ...good, hash: 'b'.repeat(64) },
    { ...good, signature: null },
    { ...good, signature: 'A'.repeat(86) },
  ]) {
    expect(signatureJudge(incarnation, [key])(claimed)).toBe('bad');
  }
  expect(signatureJudge('01a0f0aa-1c33-7b21-9d0e-2f6a7c11e4b8', [key])(good)).toBe('bad');
});

test('a key signs only in its range of its chain, and another takes over behind it', () => {
  const before = keyPair({ incarnation, validToSeq: 10 });
  const after = keyPair({ incarnation, validFromSeq: 11 });
  const keys = [before.key, after.key];
  expect(signatureJudge(incarnation, keys)(before.entry(10))).toBe('verified');
  expect(signatureJudge(incarnation, keys)(before.entry(11))).toBe('bad');
  expect(signatureJudge(incarnation, keys)(after.entry(11))).toBe('verified');
  expect(signatureJudge('01a0f0aa-1c33-7b21-9d0e-2f6a7c11e4b8', keys)(after.entry(11))).toBe('unverified');
});

test('a revoked key vouches for nothing', () => {
  const revoked = keyPair({ retired: true });
  expect(signatureJudge(incarnation, [revoked.key])(revoked.entry(3))).toBe('retired');
  expect(signatureJudge(incarnation, [revoked.key, keyPair().key])(revoked.entry(3))).toBe('bad');
});
