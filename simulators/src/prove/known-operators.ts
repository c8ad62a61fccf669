import { join } from 'node:path';
import { pinVerifier } from '@weighgate/edge-agent/src/kiosk-server/pin-verifier.ts';
import { secretFromFile } from '@weighgate/edge-agent/src/secret-file.ts';
import { openStore } from '@weighgate/edge-agent/src/store/open-store.ts';
import { type Clock, idMaker } from '@weighgate/protocol';
import { DEVICE, SITE } from './proved-agent.ts';

/** Who works at a weighbridge that is proved, and their PINs. */
export const knownOperators = [
  { name: 'Dana', role: 'supervisor', pin: '271828' },
  { name: 'Noa', role: 'weigher', pin: '907346' },
] as const;

/** Makes the operators of a weighbridge whose agent does not run. */
export async function addKnownOperators(dataDir: string, clock: Clock): Promise<void> {
  const verifier = pinVerifier(secretFromFile(join(dataDir, 'pin-pepper')));
  const parts = { clock, makeId: idMaker(clock), bootId: 'before-the-first-start', processId: process.pid };
  using store = openStore({ dataDir, device: DEVICE, site: SITE }, parts);
  for (const { name, role, pin } of knownOperators)
    store.operators.add({ name, role, verifier: await verifier.verifierOf(pin) });
}
