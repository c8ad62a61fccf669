import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chainHash, genesisHash } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { deviceKeyPath } from './device-key.ts';
import { databasePath } from './open-database.ts';
import { signedHeadPath } from './signed-head.ts';
import { openTestStore, storeFolder } from './store-folder.ts';
import { verifyStore } from './verify-store.ts';

function fill(dataDir: string, entries: number): void {
  using store = openTestStore(dataDir);
  for (let tareG = 1; tareG <= entries; tareG += 1) store.containerTares.setTare('C-1', tareG);
}

/** Does what nobody may: the triggers dropped, through a plain connection. */
function tamper(dataDir: string, work: (raw: Database.Database) => void): void {
  const raw = new Database(databasePath(dataDir));
  raw.pragma('foreign_keys = OFF');
  raw.exec('DROP TRIGGER journal_is_never_changed; DROP TRIGGER journal_is_never_shortened');
  work(raw);
  raw.close();
}

/** The best forgery without the key: one entry changed, and every hash from there on right again. */
function rewrite(raw: Database.Database, seq: number): void {
  const { device, incarnation } = raw.prepare('SELECT device, incarnation FROM identity').get() as {
    device: string;
    incarnation: string;
  };
  let hash = genesisHash(device, incarnation);
  const rows = raw.prepare('SELECT seq, entry_text AS text FROM journal ORDER BY position').all() as {
    seq: number;
    text: string;
  }[];
  for (const row of rows) {
    const text = row.seq === seq ? row.text.replace(/"monoMs":\d+/, '"monoMs":424242') : row.text;
    hash = chainHash(hash, text);
    raw.prepare('UPDATE journal SET entry_text = ?, hash = ? WHERE seq = ?').run(text, hash, row.seq);
  }
}

describe('a broken journal is found at the start', () => {
  test.each<[string, (dataDir: string) => void, object]>([
    [
      'a flipped bit',
      (dataDir) =>
        tamper(dataDir, (raw) =>
          raw.exec(
            'UPDATE journal SET entry_text = replace(entry_text, \'"tareG":3\', \'"tareG":2\') WHERE seq = 3',
          ),
        ),
      { brokenAtSeq: 3, reason: 'wrong_hash' },
    ],
    [
      'a hash that is none',
      (dataDir) =>
        tamper(dataDir, (raw) => raw.exec(`UPDATE journal SET hash = '${' '.repeat(64)}' WHERE seq = 2`)),
      { brokenAtSeq: 2, reason: 'wrong_hash' },
    ],
    [
      'a deleted entry',
      (dataDir) => tamper(dataDir, (raw) => raw.exec('DELETE FROM journal WHERE seq = 2')),
      { brokenAtSeq: 2, reason: 'missing_entry' },
    ],
    [
      'a journal cut off by one entry',
      (dataDir) => tamper(dataDir, (raw) => raw.exec('DELETE FROM journal WHERE seq = 5')),
      { brokenAtSeq: 5, reason: 'truncated' },
    ],
    [
      'a chain computed anew by somebody without the key',
      (dataDir) => tamper(dataDir, (raw) => rewrite(raw, 4)),
      { reason: 'wrong_signature' },
    ],
    [
      'a cloud that has more than the journal',
      (dataDir) =>
        tamper(dataDir, (raw) =>
          raw.exec("INSERT INTO sync_positions SELECT incarnation, 9, 'epoch' FROM identity"),
        ),
      { brokenAtSeq: 6, reason: 'truncated' },
    ],
    ['the signed head taken away', (dataDir) => rmSync(signedHeadPath(dataDir)), { reason: 'head_missing' }],
    [
      'the signed head overwritten',
      (dataDir) => writeFileSync(signedHeadPath(dataDir), 'x'),
      { reason: 'head_missing' },
    ],
    [
      "another key put in place of the device's",
      (dataDir) => rmSync(deviceKeyPath(dataDir)),
      { reason: 'head_missing' },
    ],
    [
      'the whole database taken away',
      (dataDir) => rmSync(databasePath(dataDir)),
      { brokenAtSeq: 1, reason: 'truncated' },
    ],
  ])('%s', (_what, damage, found) => {
    using folder = storeFolder();
    fill(folder.dataDir, 5);
    damage(folder.dataDir);
    using store = openTestStore(folder.dataDir);
    expect(store.seal.state()).toMatchObject({ kind: 'broken', ...found });
  });

  test('its log taken away after a kill, and with it what was last committed (B13)', async () => {
    using folder = storeFolder();
    using killed = storeFolder();
    {
      using store = openTestStore(folder.dataDir);
      for (let tareG = 1; tareG <= 5; tareG += 1) store.containerTares.setTare('C-1', tareG);
      // The device signs the head once for all that came together.
      await Promise.resolve();
      // What a killed agent leaves, without the log.
      expect(statSync(`${databasePath(folder.dataDir)}-wal`).size).toBeGreaterThan(0);
      for (const path of [databasePath, deviceKeyPath, signedHeadPath])
        copyFileSync(path(folder.dataDir), path(killed.dataDir));
    }
    using store = openTestStore(killed.dataDir);
    expect(store.seal.state()).toMatchObject({ kind: 'broken', reason: 'truncated' });
  });

  test('and nothing is found where nothing was done, start after start', () => {
    using folder = storeFolder();
    for (let round = 0; round < 3; round += 1) {
      using store = openTestStore(folder.dataDir);
      expect(store.seal.state()).toEqual({ kind: 'intact' });
      store.containerTares.setTare('C-1', round + 1);
      store.journal.checkpoint('start');
    }
    expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact', entries: 6, checkpoints: 3 });
  });

  test('what is older than a day is left to the nightly check', () => {
    using folder = storeFolder();
    fill(folder.dataDir, 5);
    tamper(folder.dataDir, (raw) =>
      raw.exec("UPDATE journal SET hash = replace(hash, 'a', 'b') WHERE seq = 2"),
    );
    const nextWeek = virtualClock(virtualClock().now() + 7 * 86_400_000);
    using store = openTestStore(folder.dataDir, nextWeek);
    expect(store.seal.state()).toEqual({ kind: 'intact' });
    const verdict = verifyStore(folder.dataDir);
    expect(verdict).toMatchObject({ kind: 'broken', brokenAtSeq: 2 });
    if (verdict.kind === 'broken') store.seal.note(verdict.breaks);
    expect(store.seal.state()).toMatchObject({ kind: 'broken', brokenAtSeq: 2 });
  });
});

describe('a broken seal', () => {
  test('stands until a person answers for it, with an entry, and then over every start', () => {
    using folder = storeFolder();
    fill(folder.dataDir, 5);
    tamper(folder.dataDir, (raw) => raw.exec('DELETE FROM journal WHERE seq = 2'));
    openTestStore(folder.dataDir)[Symbol.dispose]();
    {
      using store = openTestStore(folder.dataDir);
      expect(store.seal.state()).toMatchObject({ kind: 'broken', brokenAtSeq: 2 });
      expect(store.seal.acknowledge('R. Levi', 'seen with the inspector')).toBeGreaterThan(0);
      expect(store.seal.state()).toEqual({ kind: 'intact' });
      expect(store.seal.acknowledge('R. Levi', 'again')).toBe(0);
      const entries = store.journal.rowsAfter(5, 50, 1e6).map(({ entry }) => JSON.parse(entry));
      expect(entries[0]).toMatchObject({
        kind: 'seal.acknowledged',
        body: { brokenAtSeq: 2, by: 'R. Levi', why: 'seen with the inspector' },
      });
    }
    using again = openTestStore(folder.dataDir);
    expect(again.seal.state()).toEqual({ kind: 'intact' });
    // The journal itself stays broken where it is, and verification goes on saying so.
    expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'broken', brokenAtSeq: 2 });
  });

  test('a checkpoint whose signature was exchanged is named by verification', () => {
    using folder = storeFolder();
    using other = storeFolder();
    fill(folder.dataDir, 2);
    fill(other.dataDir, 2);
    {
      using store = openTestStore(folder.dataDir);
      store.journal.checkpoint('day');
    }
    const verdict = verifyStore(folder.dataDir, { publicKey: 'A'.repeat(43) });
    expect(verdict).toMatchObject({ kind: 'broken', brokenAtSeq: 3, reason: 'wrong_signature' });
  });
});
