import { Hono } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import type { CheckAlibi } from '../weighing/check-alibi.ts';
import { actorOf, requirePermission } from './actor.ts';
import { problem } from './problem.ts';
import { readValue } from './read-body.ts';

const wishSchema = z.strictObject({
  direction: z.enum(['in', 'out', 'none']).transform((word) => (word === 'none' ? 'single' : word)),
});

export interface AlibiRouteParts {
  store: Pick<Store, 'tickets' | 'journal'>;
  checkAlibi: CheckAlibi;
  log: Logger;
  signal: AbortSignal;
}

/**
 * `POST /session/{id}/alibi/{in|out|none}`: looks the weighing up in the indicator's own memory now (LM-41). What came of
 * it is an entry before it is answered.
 */
export function alibiRoutes({ store, checkAlibi, log, signal }: AlibiRouteParts) {
  const { tickets, journal } = store;
  return new Hono().post('/session/:id/alibi/:direction', requirePermission('commands'), async (c) => {
    const wish = readValue({ direction: c.req.param('direction') }, wishSchema);
    if (!wish.ok) return problem(c, wish.problem);
    const weightId = tickets.weightOf({ sessionId: c.req.param('id'), direction: wish.value.direction });
    const entry = weightId === undefined ? undefined : tickets.firstIssueOf(weightId)?.entry;
    if (entry === undefined) {
      return problem(c, {
        status: 404,
        code: 'session_not_found',
        title: 'Not found',
        detail: 'There is no such weighing here.',
      });
    }
    const checks = await checkAlibi(entry, 'demand', signal);
    if (checks.length === 0) {
      return problem(c, {
        status: 409,
        code: 'no_alibi',
        title: 'Nothing to compare',
        detail: 'The indicator gave this weighing no number of its alibi memory.',
      });
    }
    actorOf(c).act(() =>
      journal.commit(() => {
        for (const body of checks) journal.append({ kind: 'alibi.checked', body });
      }),
    );
    for (const check of checks) {
      if (check.outcome === 'same') log.info(check, 'alibi.checked');
      else log.error(check, 'alibi.not_the_same');
    }
    const { ticketNo } = entry.body;
    return c.json({
      ticketNo,
      checks: checks.map(({ scaleId, alibiId, outcome, shown }) => ({
        scale: scaleId,
        alibiId,
        outcome,
        shown,
      })),
    });
  });
}
