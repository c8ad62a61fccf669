import {
  certificateStatementSchema,
  MAX_CERTIFICATE_ENTRIES,
  readCertificate,
  readEntry,
} from '@weighgate/protocol';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { certifyJournal } from './certify-journal.ts';
import { StoreError } from './store-error.ts';
import { storeFolder } from './store-folder.ts';
import { openDesk } from './test-desk.ts';

/** A day: one truck in and out, one that is weighed in and voided, and a tare that is set. */
async function workedFolder() {
  const folder = storeFolder();
  const clock = virtualClock();
  using desk = openDesk(folder.dataDir, clock);
  const operator = desk.store.operators.add({ name: 'Dana', role: 'weigher', verifier: '$argon2id$x' });
  if (operator === 'name_taken') throw new Error('a new store has no operators');
  desk.store.containerTares.setTare('C-1', 100_000);
  const { shift } = desk.store.shifts.open(operator);
  await desk.drive(15_000, { truck: '11-111-11' });
  await desk.drive(8_000, { truck: '11-111-11', direction: 'out' });
  const second = await desk.drive(9_000, { truck: '22-222-22' });
  if (second.kind !== 'recorded') throw new Error('it is weighed');
  desk.voids(second.entry.body.sessionId);
  desk.store.shifts.close(shift.shiftId, 'Dana');
  const { incarnation } = desk.store.identity;
  const entries = desk.store.journal.rowsAfter(0, 100, 1e9);
  return { dataDir: folder.dataDir, clock, incarnation, entries, [Symbol.dispose]: folder[Symbol.dispose] };
}

const factsOf = (statement: string) => certificateStatementSchema.parse(JSON.parse(statement)).facts;

test('a shift that closes leaves a signed entry of what it did: weighings, kilograms, tickets issued and void', async () => {
  using worked = await workedFolder();
  const reading = readEntry(worked.entries.at(-1)?.entry ?? '');
  if (reading.kind !== 'known' || reading.entry.kind !== 'certificate.issued')
    throw new Error('no certificate');
  const opened = worked.entries.find(({ entry }) => entry.includes('"shift.opened"'));
  const closed = worked.entries.find(({ entry }) => entry.includes('"shift.closed"'));
  expect(factsOf(reading.entry.body.statement)).toMatchObject({
    device: 'gate-1',
    incarnation: worked.incarnation,
    firstSeq: opened?.seq,
    lastSeq: closed?.seq,
    headHash: closed?.hash,
    weighings: 3,
    grossG: 32_000_000,
    netG: 7_000_000,
    ticketsIssued: 3,
    ticketsVoid: 1,
  });
});

test('the command certifies the same of the same entries, signed by the device, also beside what came before', async () => {
  using worked = await workedFolder();
  const { seq } = worked.entries.find(({ entry }) => entry.includes('"shift.opened"')) ?? { seq: 0 };
  const lastSeq = worked.entries.length - 1;
  const [certificate] = certifyJournal(worked.dataDir, { kind: 'seqs', firstSeq: seq, lastSeq }, 0);
  if (certificate === undefined) throw new Error('nothing was certified');
  const reading = readCertificate(certificate);
  expect(reading).toMatchObject({
    ok: true,
    statement: { by: 'device', facts: { weighings: 3, netG: 7_000_000 } },
  });
  expect(certificate.rows.filter(({ ticketNo }) => ticketNo !== undefined)).toHaveLength(3);
  const issued = readEntry(worked.entries.at(-1)?.entry ?? '');
  if (issued.kind !== 'known' || issued.entry.kind !== 'certificate.issued')
    throw new Error('no certificate');
  expect(reading.ok && reading.statement.facts).toEqual(factsOf(issued.entry.body.statement));
});

test('a period takes the entries made in it, its end left out', async () => {
  using worked = await workedFolder();
  const wallOf = (entry: string) => (JSON.parse(entry) as { at: { wallMs: number } }).at.wallMs;
  const walls = worked.entries.map(({ entry }) => wallOf(entry));
  const [fromMs, toMs] = [Math.min(...walls), Math.max(...walls)];
  const all = certifyJournal(worked.dataDir, { kind: 'period', fromMs, toMs: toMs + 1 }, 0);
  expect(all.map(({ statement }) => factsOf(statement).entries)).toEqual([worked.entries.length]);
  const before = walls.filter((wall) => wall < toMs).length;
  const some = certifyJournal(worked.dataDir, { kind: 'period', fromMs, toMs }, 0);
  expect(some.map(({ statement }) => factsOf(statement).entries)).toEqual(before === 0 ? [] : [before]);
  expect(certifyJournal(worked.dataDir, { kind: 'period', fromMs: toMs + 1, toMs: toMs + 2 }, 0)).toEqual([]);
});

test('a signature, or a row, that was altered does not pass', async () => {
  using worked = await workedFolder();
  const [certificate] = certifyJournal(worked.dataDir, { kind: 'seqs', firstSeq: 1, lastSeq: 99 }, 0);
  if (certificate === undefined) throw new Error('nothing was certified');
  const altered = certificate.statement.replace('"weighings":3', '"weighings":4');
  expect(altered).not.toBe(certificate.statement);
  expect(readCertificate({ ...certificate, statement: altered }).ok).toBe(false);
  expect(readCertificate({ ...certificate, rows: certificate.rows.slice(1) }).ok).toBe(false);
  expect(readCertificate(certificate).ok).toBe(true);
  expect(MAX_CERTIFICATE_ENTRIES).toBeGreaterThan(certificate.rows.length);
});

test('a folder without a database certifies nothing, and no key is made for it', () => {
  using folder = storeFolder();
  expect(() => certifyJournal(folder.dataDir, { kind: 'seqs', firstSeq: 1, lastSeq: 9 }, 0)).toThrow(
    StoreError,
  );
});
