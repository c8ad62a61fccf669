import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { releaseClaimOf, releaseVerdictOf } from './software-release.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const releaseKey = String(publicKey.export({ format: 'jwk' }).x);
const running = { version: '1.10.0', modulesSha256: 'a'.repeat(64) };

const released = (claim: typeof running, signer = privateKey) =>
  JSON.stringify({
    ...claim,
    signature: sign(null, Buffer.from(releaseClaimOf(claim)), signer).toString('base64url'),
  });
const verdict = (release: string | null, newest: string | null = null) => {
  const said = releaseVerdictOf(running, release, releaseKey, newest);
  return said.kind === 'verified' ? said.kind : said.reason;
};

test('the software that was signed is verified', () => {
  expect(verdict(released(running))).toBe('verified');
});

test.each([
  ['is not there', null, 'no_release'],
  ['is no release', '{', 'no_release'],
  ['is signed by another', released(running, generateKeyPairSync('ed25519').privateKey), 'not_signed'],
  ['was changed', released(running).replace('aaaa', 'baaa'), 'not_signed'],
  ['is of other modules', released({ ...running, modulesSha256: 'b'.repeat(64) }), 'other_software'],
  ['is of another version', released({ ...running, version: '1.11.0' }), 'other_software'],
])('a release that %s does not verify what runs', (_what, release, reason) => {
  expect(verdict(release)).toBe(reason);
});

test.each([
  ['1.9.0', 'verified'],
  ['1.10.0', 'verified'],
  ['1.10.1', 'older'],
  ['2.0.0', 'older'],
])('after %s was verified here, 1.10.0 is %s', (newest, outcome) => {
  expect(verdict(released(running), newest)).toBe(outcome);
});
