import { parseArgs } from 'node:util';
import { readPublicKey } from '@weighgate/edge-agent/src/store/device-key.ts';
import { databasePath } from '@weighgate/edge-agent/src/store/open-database.ts';
import { readSignedHead } from '@weighgate/edge-agent/src/store/signed-head.ts';
import { verifyDatabase } from '@weighgate/edge-agent/src/store/verify-store.ts';
import { chainHash, genesisHash } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { type Random, seededRandom } from '../random.ts';
import { fillStore, openProofStore } from './filled-store.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder } from './proved-agent.ts';

/** Everything that is stored of a weighing, by table. */
const columns: ReadonlyArray<readonly [table: string, key: string, column: string]> = [
  ...[
    'incarnation',
    'seq',
    'uuid',
    'kind',
    'entry_text',
    'hash',
    'session_id',
    'scale_id',
    'direction',
    'gross_g',
    'containers',
    'ticket_series',
    'ticket_number',
    'registered_at',
  ].map((column) => ['journal', 'position', column] as const),
  ...['truck', 'first_weight_id', 'second_weight_id', 'net_g', 'truck_tare_g'].map(
    (column) => ['weighing_sessions', 'session_id', column] as const,
  ),
  ['container_tares', 'container', 'tare_g'],
];

/** Changes a copy of a journal in every way and counts how often `verify` says so. */
export function proveTamper(args: string[]): ProofOutcome {
  const { values } = parseArgs({
    args,
    options: {
      flips: { type: 'string', default: '10000' },
      edits: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [flips, edits] = [Number(values.flips), Number(values.edits)];
  const random = seededRandom(Number(values.seed));
  using folder = proofFolder('tamper');
  fill(folder.path);
  const publicKey = readPublicKey(folder.path);
  const signedHead = readSignedHead(folder.path, publicKey);
  const original = new Database(databasePath(folder.path), { readonly: true });
  const bytes = original.serialize();
  // Bytes 18 and 19 say that there is a write-ahead log, which a copy in memory cannot have.
  bytes.fill(1, 18, 20);
  original.close();
  const openCopy = () => copyOf(bytes);
  const isFound = (database: Database.Database) =>
    verifyDatabase(database, publicKey, signedHead).kind === 'broken';

  const untouched = openCopy();
  if (isFound(untouched)) throw new Error('the journal is broken before anything was done to it');
  const missedFlips: string[] = [];
  for (let flip = 0; flip < flips; flip += 1) {
    const { what, undo } = flipBit(untouched, random);
    if (!isFound(untouched)) missedFlips.push(what);
    undo();
  }
  untouched.close();

  const missedEdits: string[] = [];
  for (let edit = 0; edit < edits; edit += 1) {
    const copy = openCopy();
    const what = editJournal(copy, random);
    if (!isFound(copy)) missedEdits.push(what);
    copy.close();
  }
  return {
    kind: 'tried',
    results: [resultOf('tamper-flips', flips, missedFlips), resultOf('tamper-edits', edits, missedEdits)],
  };
}

function resultOf(name: string, tried: number, missed: readonly string[]) {
  const details = [`${tried - missed.length} of ${tried} were found`, ...missed.slice(0, 20)];
  return { name, value: (tried - missed.length) / tried, goal: 1, details };
}

function fill(dataDir: string): void {
  using store = openProofStore(dataDir);
  store.containerTares.setTare('C-1', 500_000);
  fillStore(store, 4, 4);
  store.journal.checkpoint('day');
  fillStore(store, 4, 4);
}

/** A copy in memory that nothing protects. */
function copyOf(bytes: Buffer): Database.Database {
  const copy = new Database(bytes);
  copy.pragma('foreign_keys = OFF');
  copy.pragma('ignore_check_constraints = ON');
  const triggers = copy.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
  for (const trigger of triggers) copy.exec(`DROP TRIGGER ${String(trigger)}`);
  return copy;
}

function flipBit(database: Database.Database, random: Random): { what: string; undo: () => void } {
  for (;;) {
    const [table, key, column] = random.pick(columns);
    const rows = database.prepare(`SELECT ${key} AS key, ${column} AS value FROM ${table}`).all() as {
      key: string | number;
      value: string | number | null;
    }[];
    const { key: rowKey, value } = random.pick(rows);
    if (value === null) continue;
    const set = (text: string, to: string | number | Buffer) =>
      database.prepare(`UPDATE ${table} SET ${column} = ${text} WHERE ${key} = ?`).run(to, rowKey);
    try {
      if (typeof value === 'number') set('CAST(? AS INTEGER)', value ^ (1 << random.whole(0, 30)));
      else set('CAST(? AS TEXT)', withFlippedBit(value, random));
    } catch (error) {
      // Another row has that value already, and the database itself refuses the change.
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) continue;
      throw error;
    }
    const undo = () => void set(typeof value === 'number' ? 'CAST(? AS INTEGER)' : '?', value);
    return { what: `${table}.${column} of ${rowKey}`, undo };
  }
}

function withFlippedBit(value: string, random: Random): Buffer {
  const flipped = Buffer.from(value);
  const at = random.whole(0, flipped.length - 1);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << random.whole(0, 7));
  return flipped;
}

/** What a person with the whole database and without the key might do. @returns what was done */
function editJournal(database: Database.Database, random: Random): string {
  const head = database.prepare('SELECT max(position) FROM journal').pluck().get() as number;
  const position = random.whole(1, head);
  switch (random.whole(0, 6)) {
    case 0:
      database.prepare('DELETE FROM journal WHERE position = ?').run(position);
      return `entry ${position} deleted`;
    case 1:
      database.prepare('DELETE FROM journal WHERE position >= ?').run(position);
      return `cut off before entry ${position}`;
    case 2: {
      database
        .prepare('UPDATE journal SET position = position + 1000, seq = seq + 1 WHERE position >= ?')
        .run(position);
      database.prepare('UPDATE journal SET position = position - 999 WHERE position >= 1000').run();
      database
        .prepare(
          `INSERT INTO journal (position, incarnation, seq, uuid, kind, entry_text, hash)
           SELECT ?, incarnation, ?, 'forged', kind, entry_text, hash FROM journal WHERE position != ? LIMIT 1`,
        )
        .run(position, position, position);
      return `an entry put in at ${position}`;
    }
    case 3: {
      const other = (position % head) + 1;
      const swap = database.prepare('UPDATE journal SET position = ?, seq = ? WHERE position = ?');
      for (const [from, to] of [
        [position, 9999],
        [other, position],
        [9999, other],
      ] as const)
        swap.run(to, to, from);
      return `entries ${position} and ${other} swapped`;
    }
    case 4:
      rewriteFrom(database, position);
      return `entry ${position} changed and the chain computed anew`;
    case 5:
      database.exec('UPDATE journal SET session_id = NULL WHERE ticket_number = 3');
      return 'a weighing no longer shown';
    default:
      database.exec(`
        UPDATE journal
        SET (session_id, scale_id, direction, gross_g, containers, ticket_series, ticket_number, registered_at, source) =
          (SELECT session_id, scale_id, direction, gross_g, containers, ticket_series, 999, registered_at, source
           FROM journal WHERE session_id IS NOT NULL LIMIT 1)
        WHERE position = (SELECT min(position) FROM journal WHERE session_id IS NULL)`);
      return 'a weighing shown that never was';
  }
}

/** The best forgery: one entry says another time, and every hash after it is right again. */
function rewriteFrom(database: Database.Database, position: number): void {
  const { device, incarnation } = database.prepare('SELECT device, incarnation FROM identity').get() as {
    device: string;
    incarnation: string;
  };
  const rows = database
    .prepare('SELECT position, entry_text AS entryText FROM journal ORDER BY position')
    .all() as { position: number; entryText: string }[];
  const update = database.prepare('UPDATE journal SET entry_text = ?, hash = ? WHERE position = ?');
  let hash = genesisHash(device, incarnation);
  for (const row of rows) {
    const entryText =
      row.position === position ? row.entryText.replace(/"monoMs":\d+/, '"monoMs":424242') : row.entryText;
    hash = chainHash(hash, entryText);
    update.run(entryText, hash, row.position);
  }
}
