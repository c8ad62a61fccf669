import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSigned } from './device-signature.ts';
import { readTicketPayload, type TicketClaim, ticketPayloadOf } from './ticket-payload.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = String(publicKey.export({ format: 'jwk' }).x);
const signText = (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url');
const claim: TicketClaim = {
  ticketNo: 'DEMO-4f2a-000017',
  weighedAt: '2026-10-05T07:18:31.902Z',
  grossG: 24_860_000,
  tareG: 10_260_000,
  netG: 14_600_000,
  hashPrefix: 'a1b2c3d4e5',
};

test.each([
  ['a net', claim],
  ['no net yet', { ...claim, tareG: null, netG: null }],
  ['a tare below nothing', { ...claim, tareG: -20_000 }],
])('a payload with %s reads as what was signed', (_, given) => {
  const payload = ticketPayloadOf(given, signText);
  expect(payload.length).toBeLessThan(200);
  const reading = readTicketPayload(payload);
  expect(reading).toMatchObject({ kind: 'ticket', claim: given });
  if (reading.kind === 'ticket') expect(isSigned(reading.signedText, reading.signature, key)).toBe(true);
});

test('a changed character is no ticket or a ticket that nobody signed', () => {
  const payload = ticketPayloadOf(claim, signText);
  // The last character of a signature carries four bits that mean nothing.
  for (let index = 0; index < payload.length - 1; index += 1) {
    const other = payload[index] === '7' ? '8' : '7';
    const reading = readTicketPayload(payload.slice(0, index) + other + payload.slice(index + 1));
    const passes = reading.kind === 'ticket' && isSigned(reading.signedText, reading.signature, key);
    expect(passes, `character ${index}`).toBe(false);
  }
});

test('a payload that was broken into lines reads the same', () => {
  const payload = ticketPayloadOf(claim, signText);
  expect(readTicketPayload(`${payload.slice(0, 48)}\n ${payload.slice(48)}\r\n`)).toEqual(
    readTicketPayload(payload),
  );
});

test('the words that a scanner puts around a payload do not matter', () => {
  const payload = ticketPayloadOf(claim, signText);
  expect(readTicketPayload(`QR-Code:${payload}\nscanned 1 barcode`)).toEqual(readTicketPayload(payload));
});

test.each([
  '',
  'WG1',
  'https://example.org',
  'WG2;a;b;1;;;c;d',
  `WG1;DEMO-4f2a-000017;x;1e3;;;a1b2c3d4e5;${'A'.repeat(86)}`,
])('%j is no ticket', (text) => {
  expect(readTicketPayload(text)).toEqual({ kind: 'no_ticket' });
});
