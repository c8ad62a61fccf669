import assert from 'node:assert/strict';
import { type Language, languageFrom, languageSchema } from '@weighgate/protocol';
import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { type TicketRecord, type TicketSite, ticketOf } from '../weighing/ticket/ticket.ts';
import { type TicketDrawer, TicketDrawingError } from '../weighing/ticket/ticket-drawer.ts';
import { ticketText } from '../weighing/ticket/ticket-text.ts';
import { actorOf, requirePermission } from './actor.ts';
import { answerOnce, askedWith, idempotencyOf } from './idempotency.ts';
import { problem } from './problem.ts';
import { readValue } from './read-body.ts';

/** `none` is the wire's word for a single weighing. */
const directionSchema = z
  .enum(['in', 'out', 'none'])
  .transform((word) => (word === 'none' ? 'single' : word));

/** What a ticket is asked for as: text of 40 or 48 columns, a PDF for 80 mm paper or A5, or its parts as JSON. */
const wishSchema = z.strictObject({
  direction: directionSchema,
  format: z.enum(['text', 'pdf', 'json']).default('text'),
  language: languageSchema.optional(),
  columns: z
    .enum(['40', '48'])
    .default('48')
    .transform((columns) => (columns === '40' ? 40 : 48)),
  paper: z.enum(['80mm', 'a5']).default('80mm'),
  /** The first issue of a ticket that was issued again; left out, as it was last issued. */
  issue: z
    .literal('1')
    .transform(() => 1)
    .optional(),
});
type Wish = Omit<z.infer<typeof wishSchema>, 'language'> & { language: Language };

export interface TicketRouteParts {
  store: Pick<Store, 'tickets' | 'keptAnswers'>;
  site: TicketSite;
  drawer: TicketDrawer;
  log: Logger;
}

/**
 * `GET /session/{id}/ticket/{in|out|none}` is the ticket as it was last issued, the same at every reading; `POST …/copy` counts one more
 * copy, which says so. To be mounted at `/api/weight`.
 */
export function ticketRoutes({ store, site, drawer, log }: TicketRouteParts) {
  const { tickets, keptAnswers } = store;
  const routes = new Hono();

  function wishOf(c: Context) {
    const wish = readValue({ direction: c.req.param('direction'), ...c.req.query() }, wishSchema);
    if (!wish.ok) return wish;
    const language = wish.value.language ?? languageFrom(c.req.header('accept-language'));
    return { ok: true as const, value: { ...wish.value, language } };
  }

  async function answer(c: Context, record: TicketRecord, { format, columns, paper, language }: Wish) {
    const ticket = ticketOf(record, site, language);
    c.header('content-language', language);
    c.header('vary', 'accept-language');
    if (record.copy !== null) c.header('x-ticket-copy', String(record.copy));
    if (format === 'json') return c.json(ticket);
    if (format === 'text') return c.text(ticketText(ticket, columns));
    try {
      const pdf = await drawer.draw(ticket, `pdf-${paper}`);
      c.header('content-disposition', `inline; filename="${ticket.printName}.pdf"`);
      return c.body(new Uint8Array(pdf), 200, { 'content-type': 'application/pdf' });
    } catch (error) {
      if (!(error instanceof TicketDrawingError)) throw error;
      log.error({ err: error, ticketNo: ticket.ticketNo }, 'ticket.not_drawn');
      return problem(c, { status: 503, code: error.code, title: 'Not drawn', detail: error.message });
    }
  }

  routes.get('/session/:id/ticket/:direction', async (c) => {
    const wish = wishOf(c);
    if (!wish.ok) return problem(c, wish.problem);
    const { direction, issue } = wish.value;
    const weightId = tickets.weightOf({ sessionId: c.req.param('id'), direction });
    if (weightId === undefined) return noTicket(c);
    const record = issue === 1 ? tickets.firstIssueOf(weightId) : tickets.ofWeight(weightId, null);
    return record === undefined ? noTicket(c) : answer(c, record, wish.value);
  });

  routes.post('/session/:id/ticket/:direction/copy', requirePermission('reprint'), async (c) => {
    const wish = wishOf(c);
    if (!wish.ok) return problem(c, wish.problem);
    const { direction, language } = wish.value;
    const weightId = tickets.weightOf({ sessionId: c.req.param('id'), direction });
    if (weightId === undefined) return noTicket(c);
    const idempotency = idempotencyOf(c, askedWith(c, ''));
    if (!idempotency.ok) return problem(c, idempotency.problem);
    const once = actorOf(c).act(() =>
      answerOnce(c, keptAnswers, idempotency.value, () => {
        const outcome = tickets.copy(weightId, language);
        if (outcome.kind === 'copied') return { made: outcome.record.copy };
        return { refused: outcome.kind === 'no_ticket' ? noTicket(c) : tooManyCopies(c) };
      }),
    );
    if (!once.ok) return once.response;
    const record = tickets.ofWeight(weightId, Number(once.text));
    assert(record !== undefined, `copy ${once.text} was counted and is not there`);
    log.info({ ticketNo: record.entry.body.ticketNo, copy: record.copy }, 'ticket.reprinted');
    return answer(c, record, wish.value);
  });

  return routes;
}

function noTicket(c: Context): Response {
  return problem(c, {
    status: 404,
    code: 'ticket_not_found',
    title: 'Not found',
    detail: 'There is no such weighing here, so it has no ticket.',
  });
}

function tooManyCopies(c: Context): Response {
  return problem(c, {
    status: 409,
    code: 'too_many_copies',
    title: 'Too many copies',
    detail: 'No more copies of this ticket are made.',
  });
}
