import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, idMaker } from '@weighgate/protocol';
import { virtualClock } from '../line/virtual-clock.ts';
import { openStore, type Store } from './open-store.ts';

/** A data folder for tests, gone when disposed of. */
export function storeFolder(): { dataDir: string } & Disposable {
  const dataDir = mkdtempSync(join(tmpdir(), 'weighgate-store-'));
  return { dataDir, [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) };
}

/** Opens the store in a folder as device `gate-1` of site `DEMO`. */
export function openTestStore(dataDir: string, clock: Clock = virtualClock()): Store {
  const parts = { clock, makeId: idMaker(clock), bootId: 'boot-1', processId: process.pid };
  return openStore({ dataDir, device: 'gate-1', site: 'DEMO' }, parts);
}
