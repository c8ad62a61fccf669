import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readEntry } from '@weighgate/protocol';
import type { WeighingEntry } from '../weighing-store.ts';
import type { TicketRecord, TicketSite } from './ticket.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

/** For tests: the public half of the key that {@link sampleSite} signs with. */
export const samplePublicKey = String(publicKey.export({ format: 'jwk' }).x);

/** For tests: a site in Israel with a scale of Min 400 kg. */
export const sampleSite: TicketSite = {
  name: 'DEMO',
  timeZone: 'Asia/Jerusalem',
  software: 'weighgate 0.1.0',
  minKgOf: () => 400,
  sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
};

/** For tests: the entry of a golden sample, as committed. */
export function sampleRecord(
  name:
    | 'session.opened'
    | 'session.opened-instrument'
    | 'session.closed-net-known'
    | 'session.closed-net-pending'
    | 'session.one_pass'
    | 'weight.single',
): TicketRecord & { entry: WeighingEntry } {
  const file = new URL(`../../../../protocol/golden/entry.${name}.json`, import.meta.url);
  const reading = readEntry(readFileSync(file, 'utf8'));
  if (reading.kind !== 'known') throw new Error(`${name} does not read`);
  const { entry } = reading;
  if (
    entry.kind !== 'session.opened' &&
    entry.kind !== 'session.closed' &&
    entry.kind !== 'session.one_pass' &&
    entry.kind !== 'weight.single'
  )
    throw new Error(`${name} is no weighing`);
  return {
    entry,
    hash: 'a1b2c3d4e5'.padEnd(64, '0'),
    copy: null,
    firstIsManual: false,
    ended: null,
    completed: null,
  };
}
