import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { lastTickets } from './last-tickets.ts';
import { databasePath, openDatabaseReadOnly } from './open-database.ts';
import { storeFolder } from './store-folder.ts';
import { bodyOf, openDesk } from './test-desk.ts';

function ticketsOf(dataDir: string, count: number) {
  const database = openDatabaseReadOnly(dataDir);
  try {
    return lastTickets(database, count);
  } finally {
    database.close();
  }
}

test('the last tickets are read newest first, beside the one who writes, and a changed one is told as corrupt', async () => {
  using folder = storeFolder();
  using desk = openDesk(folder.dataDir);
  const first = bodyOf(await desk.drive(24_000, { truck: 'A-1' }));
  const second = bodyOf(await desk.drive(18_000, { truck: 'B-2' }));
  const third = bodyOf(await desk.drive(9_000, { direction: 'out', truck: 'A-1' }));
  expect(ticketsOf(folder.dataDir, 2)).toMatchObject([
    { kind: 'sound', ticketNo: third.ticketNo, direction: 'out', truck: 'A-1', netG: 15_000_000 },
    { kind: 'sound', ticketNo: second.ticketNo, direction: 'in', truck: 'B-2', netG: null },
  ]);
  const raw = new Database(databasePath(folder.dataDir));
  raw.exec('DROP TRIGGER journal_is_never_changed');
  raw
    .prepare("UPDATE journal SET entry_text = replace(entry_text, '18000000', '19000000') WHERE uuid = ?")
    .run(second.weight.weightId);
  raw.close();
  expect(ticketsOf(folder.dataDir, 20).slice(1)).toMatchObject([
    { kind: 'corrupt', ticketNo: second.ticketNo },
    { kind: 'sound', ticketNo: first.ticketNo, direction: 'in' },
  ]);
});
