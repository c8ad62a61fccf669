import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { virtualClock } from '../../line/virtual-clock.ts';
import { ticketOf } from '../../weighing/ticket/ticket.ts';
import { drawnTicket } from '../../weighing/ticket/ticket-drawing.ts';
import { sampleRecord, sampleSite } from '../../weighing/ticket/ticket-samples.ts';
import { escposTicket } from './escpos.ts';
import { printerConfig, printerOf } from './printer-config.ts';

const ticket = ticketOf(sampleRecord('weight.single'), sampleSite, 'he');
const signal = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weighgate-printer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const opened = (config: unknown) => printerOf(printerConfig.parse(config), virtualClock());

test('a folder is given one whole PDF for each ticket', async () => {
  const printer = opened({ kind: 'folder', folder: join(folder, 'tickets') });
  const pdf = drawnTicket(ticket, printer.drawing);
  expect(await printer.print(pdf, ticket.ticketNo, signal)).toBe('unknown');
  expect(readdirSync(join(folder, 'tickets'))).toEqual([`${ticket.ticketNo}.pdf`]);
  expect(readFileSync(join(folder, 'tickets', `${ticket.ticketNo}.pdf`)).equals(pdf)).toBe(true);
});

test('a folder that cannot be written to is unreachable', async () => {
  writeFileSync(join(folder, 'file'), '');
  const printer = opened({ kind: 'folder', folder: join(folder, 'file', 'tickets') });
  expect(await printer.print(Buffer.from('x'), ticket.ticketNo, signal)).toBe('unreachable');
});

test('a device is written the bytes of the ticket; one that is not there is unreachable and is not made', async () => {
  const path = join(folder, 'lp0');
  const printer = opened({ kind: 'escpos-device', path });
  const bitmap = drawnTicket(ticket, printer.drawing);
  expect(await printer.print(bitmap, ticket.ticketNo, signal)).toBe('unreachable');
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(path, '');
  expect(await printer.print(bitmap, ticket.ticketNo, signal)).toBe('unknown');
  expect(readFileSync(path).equals(escposTicket(bitmap))).toBe(true);
});

test('a queue that is not there, or a machine without CUPS, is unreachable', async () => {
  const printer = opened({ kind: 'cups', queue: 'weighgate-none' });
  expect(printer.drawing).toBe('pdf-a5');
  expect(await printer.print(Buffer.from('%PDF-'), ticket.ticketNo, signal)).toBe('unreachable');
});

test.each([
  { kind: 'cups', queue: '-o raw' },
  { kind: 'escpos-tcp', host: '10.0.0.9', port: 0 },
  { kind: 'escpos-device', path: '/dev/usb/lp0', paper: 'a5' },
])('%j is no printer', (config) => {
  expect(printerConfig.safeParse(config).success).toBe(false);
});
