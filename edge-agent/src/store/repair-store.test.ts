import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { idMaker } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { databasePath } from './open-database.ts';
import { repairStore } from './repair-store.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';
import { verifyStore } from './verify-store.ts';

const PAGE_BYTES = 4096;
const clock = virtualClock();
const parts = { clock, makeId: idMaker(clock), bootId: 'boot-1', processId: process.pid };

function repair(dataDir: string, backups: string[], mayBeginEmpty = false) {
  return repairStore({ dataDir, device: 'gate-1', site: 'DEMO' }, { backups, mayBeginEmpty }, parts);
}

/** Weighs, makes a backup, weighs again, and stops. @returns the tickets, and the life of the database */
async function weighedTwice(dataDir: string, backup: string) {
  using desk = openDesk(dataDir);
  const before = bodyOf(await desk.drive(24_000, { truck: 'A-1' }));
  await desk.store.backup(backup);
  const after = bodyOf(await desk.drive(18_000, { truck: 'B-2' }));
  for (let tareG = 0; tareG < 40; tareG += 1) desk.store.containerTares.setTare('C-1', tareG);
  return {
    tickets: [before.ticketNo, after.ticketNo],
    incarnation: desk.store.identity.incarnation,
    headSeq: desk.store.journal.head().seq,
  };
}

function zeroPage(path: string, page: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, page * PAGE_BYTES);
  closeSync(file);
}

/** A page in the middle of the journal's entries, counted from 1. */
function journalPageOf(path: string): number {
  const database = new Database(path, { readonly: true });
  const pages = database
    .prepare<[], number>(
      "SELECT pageno FROM dbstat WHERE name = 'journal' AND pagetype = 'leaf' ORDER BY path",
    )
    .pluck()
    .all();
  database.close();
  const page = pages[Math.floor(pages.length / 2)];
  if (page === undefined) throw new Error('the journal has no pages');
  return page;
}

const damages: [string, (path: string) => void][] = [
  ['its first page zeroed (B15)', (path) => zeroPage(path, 0)],
  ['its last page cut off (B16)', (path) => truncateSync(path, statSync(path).size - PAGE_BYTES)],
  ['a page of its journal zeroed', (path) => zeroPage(path, journalPageOf(path) - 1)],
];

test.each(damages)(
  'a database with %s is not weighed with, and goes on as a new life from the backup',
  async (_what, damage) => {
    using folder = storeFolder();
    const { dataDir } = folder;
    const backup = join(dataDir, 'backup.db');
    const old = await weighedTwice(dataDir, backup);
    damage(databasePath(dataDir));
    const bytes = readFileSync(databasePath(dataDir));
    expect(() => openTestStore(dataDir)).toThrow(
      expect.objectContaining({
        code: 'store_damaged',
        message: expect.stringMatching(/damaged.*edge -- repair/),
      }),
    );
    expect(readFileSync(databasePath(dataDir)).equals(bytes)).toBe(true);

    expect(repair(dataDir, [join(dataDir, 'none.db')])).toMatchObject({
      kind: 'no_backup',
      faults: [expect.stringContaining('There is no backup')],
    });
    expect(readFileSync(databasePath(dataDir)).equals(bytes)).toBe(true);

    const outcome = repair(dataDir, [join(dataDir, 'none.db'), backup]);
    if (outcome.kind !== 'restored') throw new Error(outcome.kind);
    expect(outcome).toMatchObject({ file: backup, entries: 1 });
    expect(readFileSync(databasePath(outcome.keptIn ?? '')).equals(bytes)).toBe(true);
    expect(verifyStore(dataDir)).toMatchObject({ kind: 'intact', entries: 2 });

    using desk = openDesk(dataDir);
    expect(desk.store.identity.parent).toMatchObject({ incarnation: old.incarnation, seq: 1 });
    expect(desk.store.seal.state()).toEqual({ kind: 'intact' });
    expect(JSON.parse(desk.store.journal.rowsAfter(0, 1, 1e6)[0]?.entry ?? '')).toMatchObject({
      kind: 'parameter.changed',
      body: { parameter: 'site.database', by: 'machine' },
    });
    const closed = bodyOf(await desk.drive(9_000, { direction: 'out', truck: 'A-1' }));
    expect(closed).toMatchObject({ net: { kind: 'known', netG: 15_000_000 } });
    expect(old.tickets).not.toContain(closed.ticketNo);
  },
);

test.each(damages)(
  'a database with %s and no backup begins empty only when that is asked for',
  async (what, damage) => {
    using folder = storeFolder();
    const { dataDir } = folder;
    const old = await weighedTwice(dataDir, join(dataDir, 'backup.db'));
    damage(databasePath(dataDir));
    expect(repair(dataDir, []).kind).toBe('no_backup');
    const outcome = repair(dataDir, [], true);
    if (outcome.kind !== 'emptied' || outcome.keptIn === null) throw new Error(outcome.kind);
    // Without its first page a database has no tables to read; the rest gives up what stands before and after a hole.
    const salvaged = join(outcome.keptIn, 'salvaged.jsonl');
    if (what.includes('B15')) expect(existsSync(salvaged)).toBe(false);
    else {
      expect(outcome.salvaged).toBeGreaterThan(0);
      const seqs = readFileSync(salvaged, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).seq);
      expect(seqs).toHaveLength(outcome.salvaged);
      expect(Math.max(...seqs)).toBeLessThanOrEqual(old.headSeq);
    }
    using desk = openDesk(dataDir);
    expect(desk.store.identity.incarnation).not.toBe(old.incarnation);
    expect(desk.store.seal.state()).toEqual({ kind: 'intact' });
    expect(old.tickets).not.toContain(bodyOf(await desk.drive(24_000, { truck: 'A-1' })).ticketNo);
    expect(desk.store.journal.verify()).toMatchObject({ kind: 'intact', entries: 2 });
  },
);

test('a database that is well is left alone', () => {
  using folder = storeFolder();
  openTestStore(folder.dataDir)[Symbol.dispose]();
  expect(repair(folder.dataDir, [], true)).toEqual({ kind: 'sound' });
});

test('beside a running agent nothing is repaired', () => {
  using folder = storeFolder();
  using _store = openTestStore(folder.dataDir);
  expect(() => repair(folder.dataDir, [], true)).toThrow(expect.objectContaining({ code: 'store_locked' }));
});
