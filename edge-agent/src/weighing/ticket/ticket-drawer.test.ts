import { expect, test } from 'vitest';
import { ticketOf } from './ticket.ts';
import { ticketDrawer } from './ticket-drawer.ts';
import { drawnTicket } from './ticket-drawing.ts';
import { sampleRecord, sampleSite } from './ticket-samples.ts';

const ticket = ticketOf(sampleRecord('session.closed-net-known'), sampleSite, 'ar');

test('a ticket drawn in its own process is the ticket', async () => {
  const drawn = await ticketDrawer().draw(ticket, 'pbm');
  expect(drawn.equals(drawnTicket(ticket, 'pbm'))).toBe(true);
});

test('a drawing that fails says so, and the next one succeeds', async () => {
  const drawer = ticketDrawer();
  const broken = { ...ticket, payload: 'x'.repeat(10_000) };
  const failure = drawer.draw(broken, 'pdf-a5');
  const next = drawer.draw(ticket, 'pdf-a5');
  await expect(failure).rejects.toMatchObject({ code: 'drawing_failed' });
  expect((await next).toString('latin1', 0, 5)).toBe('%PDF-');
});

test('more than sixteen that wait are refused rather than kept', async () => {
  const drawer = ticketDrawer();
  const broken = { ...ticket, payload: 'x'.repeat(10_000) };
  const waiting = Array.from({ length: 16 }, () => drawer.draw(broken, 'pbm').catch((error) => error.code));
  await expect(drawer.draw(ticket, 'pbm')).rejects.toMatchObject({ code: 'drawing_busy' });
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['drawing_failed']));
}, 30_000);
