import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, type Store } from '@weighgate/edge-agent/src/store/open-store.ts';
import { watchClock } from '@weighgate/edge-agent/src/watch-clock.ts';
import { idMaker } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect } from 'vitest';
import { testRequiring } from '../required-component.ts';
import { mountMemoryDisk } from '../small-disk.ts';
import { virtualClock } from '../virtual-clock.ts';
import { DEVICE, proofFolder, SITE } from './proved-agent.ts';

const log = pino({ level: 'silent' });

/** Takes every block that is free, and then what the log of the database still had. */
function fillDisk(disk: string, store: Store): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
  for (let tareG = 1; ; tareG += 1) {
    try {
      store.containerTares.setTare('C-1', tareG);
    } catch (error) {
      expect(error).toMatchObject({ code: 'store_full' });
      return;
    }
  }
}

testRequiring('leave to mount')(
  'on a disk without a free byte the clock is watched and the shift counted on, for hours (B08)',
  async () => {
    using folder = proofFolder('full');
    using disk = mountMemoryDisk(join(folder.path, 'disk'), 4);
    const clock = virtualClock(Date.UTC(2026, 5, 1));
    const parts = { clock, makeId: idMaker(clock), bootId: 'boot-1', processId: process.pid };
    using store = openStore({ dataDir: join(disk.path, 'data'), device: DEVICE, site: SITE }, parts);
    const dana = store.operators.add({ name: 'Dana', role: 'weigher', verifier: '$argon2id$x' });
    if (dana === 'name_taken') throw new Error('a new store has no operators');
    const { shift } = store.shifts.open(dana);
    fillDisk(disk.path, store);

    const stop = new AbortController();
    const timeSync = async () => ({ kind: 'synced', source: 'chronyc', ageMs: 0 }) as const;
    const watching = watchClock(store, { clock, log, signal: stop.signal, isOffline: () => true, timeSync });
    await clock.advance(2 * 3_600_000);
    expect(store.shifts.report(shift.shiftId)?.offlineMs).toBe(0);
    rmSync(join(disk.path, 'filler'));
    await clock.advance(60_000);
    expect(store.shifts.report(shift.shiftId)?.offlineMs).toBeGreaterThanOrEqual(2 * 3_600_000);
    stop.abort();
    await watching;
    expect(readdirSync(disk.path)).toEqual(['data']);
  },
);
