import { setTimeout as delay } from 'node:timers/promises';
import { escposPrinter } from '@weighgate/edge-agent/src/lane/printer/escpos-printer.ts';
import { type PaperOutPolicy, printTickets } from '@weighgate/edge-agent/src/lane/printer/print-tickets.ts';
import { tcpLine } from '@weighgate/edge-agent/src/line/tcp-line.ts';
import { virtualClock } from '@weighgate/edge-agent/src/line/virtual-clock.ts';
import { readPortableBitmap } from '@weighgate/edge-agent/src/weighing/ticket/portable-bitmap.ts';
import { type Ticket, ticketOf } from '@weighgate/edge-agent/src/weighing/ticket/ticket.ts';
import { drawnTicket } from '@weighgate/edge-agent/src/weighing/ticket/ticket-drawing.ts';
import { sampleRecord, sampleSite } from '@weighgate/edge-agent/src/weighing/ticket/ticket-samples.ts';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type SimulatedPrinter, servePrinter } from './printer.ts';

const hebrew = ticketOf(sampleRecord('session.closed-net-known'), sampleSite, 'he');
const arabic = ticketOf(sampleRecord('weight.single'), sampleSite, 'ar');

/** Prints to a printer over TCP. The clock is virtual: it goes on by five seconds for each look at a condition. */
function startPrinting(port: number, whenPaperOut: PaperOutPolicy = 'store') {
  const clock = virtualClock();
  const stop = new AbortController();
  const printer = escposPrinter(`tcp 127.0.0.1:${port}`, tcpLine({ host: '127.0.0.1', port }), clock);
  const drawer = { draw: async (...what: Parameters<typeof drawnTicket>) => drawnTicket(...what) };
  const tickets: { place: number; ticket: Ticket }[] = [];
  let places = 0;
  const printing = printTickets(printer, {
    waiting: {
      first: () => tickets[0],
      remove: (place) =>
        void tickets.splice(
          tickets.findIndex((one) => one.place === place),
          1,
        ),
      size: () => tickets.length,
    },
    drawer,
    whenPaperOut,
    clock,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
  });
  return {
    printing,
    print(ticket: Ticket): void {
      places += 1;
      tickets.push({ place: places, ticket });
      printing.wake();
    },
    /** Waits, at most two seconds, until it holds; the virtual clock goes on meanwhile when `clockGoesOn`. */
    async until(holds: () => boolean, clockGoesOn = true): Promise<void> {
      for (let tries = 0; tries < 100 && !holds(); tries += 1) {
        await delay(20);
        if (clockGoesOn) await clock.advance(500);
      }
      expect(holds()).toBe(true);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await printing.done;
    },
  };
}

const ticketsOf = (printer: SimulatedPrinter) =>
  printer
    .papers()
    .map(({ widthDots, heightDots, rows }) => ({ widthDots, heightDots, rows: rows.toString('hex') }));
const drawn = (ticket: typeof hebrew) => {
  const { rows, ...size } = readPortableBitmap(drawnTicket(ticket, 'pbm'));
  return { ...size, rows: rows.toString('hex') };
};

test('tickets come out dot for dot as they were drawn, in the order they were made', async () => {
  await using printer = await servePrinter();
  await using run = startPrinting(printer.port);
  for (const ticket of [hebrew, arabic]) run.print(ticket);
  await run.until(() => run.printing.view().waiting === 0);
  expect(ticketsOf(printer)).toEqual([drawn(hebrew), drawn(arabic)]);
  expect(run.printing.view()).toMatchObject({ state: 'ready', waiting: 0 });
});

test('without paper a ticket waits, and comes out once when there is paper again', async () => {
  await using printer = await servePrinter();
  printer.condition.paper = 'out';
  await using run = startPrinting(printer.port);
  run.print(hebrew);
  await run.until(() => run.printing.view().state === 'paper_out');
  expect(printer.papers()).toEqual([]);
  // It was asked how it is, and not sent a ticket of thousands of bytes.
  expect(printer.received().length).toBeLessThan(1000);
  printer.condition.paper = 'plenty';
  await run.until(() => run.printing.view().waiting === 0);
  await run.until(() => run.printing.view().state === 'ready');
  expect(ticketsOf(printer)).toEqual([drawn(hebrew)]);
});

test('a ticket that the end of the roll cut short is printed again whole', async () => {
  await using printer = await servePrinter();
  printer.condition.rowsLeft = 200;
  await using run = startPrinting(printer.port);
  run.print(hebrew);
  await run.until(() => run.printing.view().state === 'paper_out');
  expect(run.printing.view().waiting).toBe(1);
  Object.assign(printer.condition, { paper: 'low', rowsLeft: null });
  await run.until(() => run.printing.view().waiting === 0);
  expect(run.printing.view().state).toBe('paper_low');
  expect(ticketsOf(printer)).toEqual([drawn(hebrew)]);
});

test('a printer that is off or hangs is unreachable, and prints what waited when it is back', async () => {
  let { port } = await servePrinter().then(async (one) => {
    await one[Symbol.asyncDispose]();
    return { port: one.port };
  });
  await using run = startPrinting(port);
  run.print(arabic);
  await run.until(() => run.printing.view().state === 'unreachable');
  await using printer = await servePrinter(port);
  port = printer.port;
  await run.until(() => printer.papers().length === 1);
  printer.condition.hangs = true;
  run.print(hebrew);
  await run.until(() => run.printing.view().state === 'unreachable');
  printer.condition.hangs = false;
  await run.until(() => printer.papers().length === 2);
  expect(ticketsOf(printer)).toEqual([drawn(arabic), drawn(hebrew)]);
});

test.each([
  ['store', null],
  ['block', { code: 'printer_not_ready', reason: 'paper_out' }],
] as const)(
  'where the policy is to %s, a printer without paper hinders the weighing: %j',
  async (policy, hindrance) => {
    await using printer = await servePrinter();
    printer.condition.paper = 'out';
    await using run = startPrinting(printer.port, policy);
    expect(run.printing.hindrance()).toBeNull();
    await run.until(() => run.printing.view().state === 'paper_out');
    expect(run.printing.hindrance()).toEqual(hindrance);
    printer.condition.paper = 'plenty';
    await run.until(() => run.printing.hindrance() === null);
  },
);

test('an open cover is told apart from missing paper', async () => {
  await using printer = await servePrinter();
  printer.condition.coverOpen = true;
  await using run = startPrinting(printer.port);
  await run.until(() => run.printing.view().state === 'cover_open');
});

test('of more tickets than may wait the oldest gives way', async () => {
  await using printer = await servePrinter();
  printer.condition.paper = 'out';
  await using run = startPrinting(printer.port);
  for (let count = 0; count < 60; count += 1) run.print(count === 59 ? arabic : hebrew);
  await run.until(() => run.printing.view().waiting === 50);
  await run.until(() => run.printing.view().state === 'paper_out');
  expect(run.printing.view().waiting).toBe(50);
});
