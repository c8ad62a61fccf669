import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { commandClaimOf, isoInstant } from '@weighgate/protocol';
import { describe, expect, test } from 'vitest';
import { judgeCommand } from './judge-command.ts';

const nowMs = Date.parse('2026-10-05T07:52:00.000Z');
const nonce = '01a10b2d-0299-7581-8bb7-f97ed8754c02';
const cloud = generateKeyPairSync('ed25519');
const publicOf = (key: KeyObject) => key.export({ format: 'jwk' }).x ?? '';
const facts = {
  device: 'gate-1',
  cloudKey: publicOf(cloud.publicKey),
  nowMs,
  retained: false,
  isTaken: () => false,
};
const good = {
  v: 1,
  device: 'gate-1',
  nonce,
  expiresAt: isoInstant(nowMs + 60_000),
  order: { kind: 'live', leaseMs: 30_000 },
};

function signed(command: unknown, key = cloud.privateKey, claim = commandClaimOf) {
  const text = JSON.stringify(command);
  const signature = sign(null, Buffer.from(claim(text)), key).toString('base64url');
  return { v: 1, type: 'command', device: 'gate-1', text, signature } as const;
}

test('a command that the cloud signed for this device, still good and never taken, is good', () => {
  expect(judgeCommand(signed(good), facts)).toMatchObject({ kind: 'good', command: { nonce } });
});

describe('refused is', () => {
  test('one that is replayed, by its nonce (E15)', () => {
    expect(judgeCommand(signed(good), { ...facts, isTaken: (taken) => taken === nonce })).toMatchObject({
      reason: 'replayed',
      nonce,
    });
  });

  test('one that has expired, or would be good for longer than any may (E15)', () => {
    const at = (expiresAt: string) => judgeCommand(signed({ ...good, expiresAt }), facts);
    expect(at(isoInstant(nowMs))).toMatchObject({ reason: 'expired' });
    expect(at(isoInstant(nowMs + 7_200_000))).toMatchObject({ reason: 'expired' });
  });

  test('one that the broker had kept (E14)', () => {
    expect(judgeCommand(signed(good), { ...facts, retained: true })).toMatchObject({ reason: 'retained' });
  });

  test('one of another key, one altered, one signed for another purpose, and any where no key is pinned', () => {
    const other = generateKeyPairSync('ed25519').privateKey;
    expect(judgeCommand(signed(good, other), facts)).toMatchObject({ reason: 'bad_signature' });
    const altered = { ...signed(good), text: JSON.stringify({ ...good, nonce: nonce.replace('02', '03') }) };
    expect(judgeCommand(altered, facts)).toMatchObject({ reason: 'bad_signature' });
    const otherClaim = signed(good, cloud.privateKey, (text) => `weighgate/v1 certificate\n${text}\n`);
    expect(judgeCommand(otherClaim, facts)).toMatchObject({ reason: 'bad_signature' });
    expect(judgeCommand(signed(good), { ...facts, cloudKey: null })).toMatchObject({ reason: 'no_key' });
  });

  test('one for another device, and one that this version cannot read', () => {
    expect(judgeCommand(signed({ ...good, device: 'gate-2' }), facts)).toMatchObject({
      reason: 'wrong_device',
    });
    expect(judgeCommand(signed({ ...good, order: { kind: 'reboot' } }), facts)).toMatchObject({
      reason: 'unreadable',
    });
  });
});
