import { generateKeyPairSync, sign } from 'node:crypto';
import { journalClaimOf } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { signatureStateOf } from './signature-state.ts';

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
      signature: sign(null, Buffer.from(journalClaimOf(incarnation, { seq, hash })), privateKey).toString(
        'base64url',
      ),
    }),
  };
}

test('an entry signed by the key on file is verified', () => {
  const { key, entry } = keyPair();
  expect(signatureStateOf(incarnation, entry(4), [key])).toBe('verified');
});

test('without a key on file nothing can be said', () => {
  const { entry } = keyPair();
  expect(signatureStateOf(incarnation, entry(4), [])).toBe('unverified');
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
    expect(signatureStateOf(incarnation, claimed, [key])).toBe('bad');
  }
  expect(signatureStateOf('01a0f0aa-1c33-7b21-9d0e-2f6a7c11e4b8', good, [key])).toBe('bad');
});

test('a key signs only in its range of its chain, and another takes over behind it', () => {
  const before = keyPair({ incarnation, validToSeq: 10 });
  const after = keyPair({ incarnation, validFromSeq: 11 });
  const keys = [before.key, after.key];
  expect(signatureStateOf(incarnation, before.entry(10), keys)).toBe('verified');
  expect(signatureStateOf(incarnation, before.entry(11), keys)).toBe('bad');
  expect(signatureStateOf(incarnation, after.entry(11), keys)).toBe('verified');
  expect(signatureStateOf('01a0f0aa-1c33-7b21-9d0e-2f6a7c11e4b8', after.entry(11), keys)).toBe('unverified');
});

test('a revoked key vouches for nothing', () => {
  const revoked = keyPair({ retired: true });
  expect(signatureStateOf(incarnation, revoked.entry(3), [revoked.key])).toBe('retired');
  expect(signatureStateOf(incarnation, revoked.entry(3), [revoked.key, keyPair().key])).toBe('bad');
});
