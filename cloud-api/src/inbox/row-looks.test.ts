import { generateKeyPairSync, sign } from 'node:crypto';
import { chainHash, journalClaimOf } from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { makeRowLooks } from './row-looks.ts';
import { TestChain } from './test-chain.ts';

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicKey.export({ format: 'jwk' }).x ?? '' };
}

/** A chain whose rows are signed. */
function signedBatch(entries: number) {
  const keys = keyPair();
  const chain = new TestChain();
  for (let i = 0; i < entries; i += 1) {
    chain.add({ kind: 'container_tare.set', body: { container: `C${i}`, tareG: 1000, previousTareG: null } });
  }
  const batch = chain.batch();
  const rows = batch.rows.map((row) => ({
    ...row,
    signature: sign(null, Buffer.from(journalClaimOf(batch.incarnation, row)), keys.privateKey).toString(
      'base64url',
    ),
  }));
  return { batch: { ...batch, rows }, publicKey: keys.publicKey };
}

test('looking ahead lets others run, and tells the same as looking in time', async () => {
  let pauses = 0;
  const looks = makeRowLooks(async () => {
    pauses += 1;
  });
  const { batch, publicKey } = signedBatch(25);
  looks.remember(batch.device, [publicKey]);
  await looks.lookAhead(batch);
  expect(pauses).toBe(3);
  let before = batch.previousHash;
  for (const row of batch.rows) {
    expect(looks.hashOf(row, before)).toBe(row.hash);
    expect(looks.readingOf(row)).toMatchObject({ kind: 'known', entry: { seq: row.seq } });
    expect(looks.isSigned(row, batch.incarnation, publicKey)).toBe(true);
    before = row.hash;
  }
});

test('what was found behind one entry, by one key or in one chain is not believed behind, by or in another', async () => {
  const looks = makeRowLooks();
  const { batch, publicKey } = signedBatch(2);
  looks.remember(batch.device, [publicKey]);
  await looks.lookAhead(batch);
  const row = batch.rows[1];
  if (row === undefined) throw new Error('there are two');
  const other = 'e'.repeat(64);
  expect(looks.hashOf(row, other)).toBe(chainHash(other, row.entry));
  expect(looks.isSigned(row, batch.incarnation, keyPair().publicKey)).toBe(false);
  expect(looks.isSigned(row, '01a10a36-67d2-70aa-bb66-ae528194f836', publicKey)).toBe(false);
  expect(looks.isSigned(row, batch.incarnation, publicKey)).toBe(true);
});

test('a row without a signature is signed by nobody', () => {
  const { batch, publicKey } = signedBatch(1);
  const [row] = batch.rows;
  if (row === undefined) throw new Error('there is one');
  expect(makeRowLooks().isSigned({ ...row, signature: null }, batch.incarnation, publicKey)).toBe(false);
});
