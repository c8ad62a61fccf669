import { z } from '@hono/zod-openapi';
import type { Clock } from '@weighgate/protocol';
import { jsonAnswer } from '../http/json-content.ts';
import { withDeadline } from '../store/deadline.ts';
import { defineRoute } from './define-route.ts';
import { makeRouter } from './router.ts';

const DATABASE_TIMEOUT_MS = 1_000;

const partSchema = z.enum(['up', 'down']);
const readySchema = z.object({
  status: z.enum(['ready', 'not_ready']),
  parts: z.object({ database: partSchema, inbox: partSchema }),
  draining: z.boolean().openapi({ description: 'true: this process takes leave; send requests elsewhere' }),
});

const live = defineRoute({
  method: 'get',
  path: '/live',
  'x-permission': 'public',
  summary: 'Whether the process serves',
  responses: { 200: jsonAnswer('it does', z.object({ status: z.literal('live') })) },
});

const ready = defineRoute({
  method: 'get',
  path: '/ready',
  'x-permission': 'public',
  summary: 'Whether weighings can be taken in: the database answers and the inbox hears its broker',
  responses: {
    200: jsonAnswer('all parts are up', readySchema),
    503: jsonAnswer('a part is down', readySchema),
  },
});

export interface HealthParts {
  clock: Clock;
  /** Resolves when the database answers. */
  pingDatabase: () => Promise<void>;
  isInboxConnected: () => boolean;
  /** Whether this process takes leave, and gets no new work. */
  isDraining: () => boolean;
}

export function healthRoutes(parts: HealthParts) {
  return makeRouter()
    .openapi(live, (c) => c.json({ status: 'live' as const }, 200))
    .openapi(ready, async (c) => {
      const database = (await answersInTime(parts)) ? 'up' : 'down';
      const inbox = parts.isInboxConnected() ? 'up' : 'down';
      const draining = parts.isDraining();
      const isReady = database === 'up' && inbox === 'up' && !draining;
      const said = { parts: { database, inbox }, draining } as const;
      return isReady
        ? c.json({ status: 'ready' as const, ...said }, 200)
        : c.json({ status: 'not_ready' as const, ...said }, 503);
    });
}

async function answersInTime({ clock, pingDatabase }: HealthParts): Promise<boolean> {
  const asked = pingDatabase().then(
    () => true,
    () => false,
  );
  const waited = await withDeadline(clock, DATABASE_TIMEOUT_MS, asked);
  return waited.kind === 'done' && waited.value;
}
