import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { printerConfig } from './lane/printer/printer-config.ts';
import { virtualClock } from './line/virtual-clock.ts';
import { printWeighings } from './print-weighings.ts';
import { storeFolder } from './store/store-folder.ts';
import { openDesk } from './store/test-desk.ts';
import type { WeighRequest } from './weighing/session-desk.ts';
import { ticketDrawer } from './weighing/ticket/ticket-drawer.ts';
import { sampleSite } from './weighing/ticket/ticket-samples.ts';

const request: WeighRequest = {
  direction: 'in',
  scaleId: null,
  truck: '77-421-03',
  produce: 'orange',
  containers: [],
  idempotency: null,
};

/** A real desk whose tickets go into a folder as PDFs. */
function openPrintedDesk(folderName: string, dataDir: string) {
  const clock = virtualClock();
  const desk = openDesk(dataDir, clock);
  const stop = new AbortController();
  const folder = join(dataDir, folderName);
  const printed = printWeighings(printerConfig.parse({ kind: 'folder', folder, language: 'ar' }), {
    store: desk.store,
    site: sampleSite,
    drawer: ticketDrawer(),
    clock,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
  });
  return {
    desk,
    printed,
    folder,
    weigh: desk.weigh,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await printed.done;
      desk[Symbol.dispose]();
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 250 && !holds(); tries += 1) await delay(20);
  expect(holds()).toBe(true);
}

test('a truck weighed in and out leaves two tickets in the folder', async () => {
  using data = storeFolder();
  await using one = openPrintedDesk('tickets', data.dataDir);
  const numbers: string[] = [];
  for (const [kg, direction] of [
    [15_000, 'in'],
    [8000, 'out'],
  ] as const) {
    await one.desk.scale.show(kg);
    const outcome = one.weigh({ ...request, direction });
    if (outcome.kind === 'recorded') numbers.push(`${outcome.entry.body.ticketNo}.pdf`);
    await one.desk.scale.show(0);
    await until(() => one.printed.view().waiting === 0 && readdirSync(one.folder).length === numbers.length);
  }
  expect(numbers).toHaveLength(2);
  expect(readdirSync(one.folder).sort()).toEqual(numbers);
}, 20_000);

test('a power cut between the commit and the print: the next start prints a counted copy, under the one number', async () => {
  using data = storeFolder();
  let ticketNo = '';
  {
    using desk = openDesk(data.dataDir);
    desk.store.printQueue.takeOver('ar');
    await desk.scale.show(15_000);
    const outcome = desk.weigh(request);
    if (outcome.kind === 'recorded') ({ ticketNo } = outcome.entry.body);
  }
  {
    await using one = openPrintedDesk('tickets', data.dataDir);
    await until(() => one.printed.view().waiting === 0);
    expect(readdirSync(one.folder)).toEqual([`${ticketNo}-copy-1.pdf`]);
    const entries = one.desk.store.journal.rowsAfter(0, 10, 1e6).map(({ entry }) => JSON.parse(entry));
    expect(entries).toMatchObject([
      { kind: 'session.opened', body: { ticketNo } },
      { kind: 'ticket.reprinted', body: { ticketNo, copy: 1, language: 'ar' } },
    ]);
  }
  await using again = openPrintedDesk('tickets', data.dataDir);
  expect(again.printed.view().waiting).toBe(0);
}, 20_000);

test('a ticket whose net was pending is printed again under its number when the net completes', async () => {
  using data = storeFolder();
  await using one = openPrintedDesk('tickets', data.dataDir);
  await one.desk.scale.show(15_000);
  one.weigh({ ...request, containers: ['C-9'] });
  await one.desk.scale.show(0);
  await one.desk.scale.show(8000);
  const outcome = one.weigh({ ...request, direction: 'out' });
  if (outcome.kind !== 'recorded') throw new Error('not weighed');
  const { ticketNo } = outcome.entry.body;
  await until(() => one.printed.view().waiting === 0);
  one.desk.store.containerTares.setTare('C-9', 500_000);
  await until(() => readdirSync(one.folder).includes(`${ticketNo}-issue-2.pdf`));
  expect(readdirSync(one.folder)).toContain(`${ticketNo}.pdf`);
  one.desk.store.containerTares.setTare('C-9', 510_000);
  expect(one.printed.view().waiting).toBe(0);
}, 20_000);

test('a printer that fails touches no weighing', async () => {
  using data = storeFolder();
  writeFileSync(join(data.dataDir, 'file'), '');
  await using one = openPrintedDesk('file/tickets', data.dataDir);
  await one.desk.scale.show(15_000);
  expect(one.weigh(request).kind).toBe('recorded');
  await until(() => one.printed.view().state === 'unreachable');
  expect(one.printed.view().waiting).toBe(1);
  expect(one.printed.hindrance()).toBeNull();
  await one.desk.scale.show(0);
  await one.desk.scale.show(8000);
  expect(one.weigh({ ...request, direction: 'out' }).kind).toBe('recorded');
}, 20_000);
