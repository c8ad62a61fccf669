import { type Clock, containerIdSchema, isoInstant, kgOf, uuidSchema } from '@weighgate/protocol';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { dayStartOf, monthStartOf } from './instant.ts';
import { listedWeighing } from './listed-weighing.ts';
import { problem } from './problem.ts';
import { limitField, linkNext, readQuery, spanFields } from './read-query.ts';

export interface ListRouteParts {
  store: Pick<Store, 'lists' | 'sessions'>;
  clock: Clock;
  /** The clocks that a day, a month and `yyyymmddhhmmss` are read on. */
  timeZone: string;
}

const directionNames = { in: 'in', out: 'out', none: 'single' } as const;
const isDirection = (name: string): name is keyof typeof directionNames =>
  Object.hasOwn(directionNames, name);

/** `in,out,none`, or some of them; nothing at all means all. */
const filterField = z
  .string()
  .max(60)
  .default('')
  .transform((text, context) => {
    const names = text.trim() === '' ? ['in', 'out', 'none'] : text.split(',').map((name) => name.trim());
    const known = names.filter(isDirection);
    if (known.length === names.length) return known.map((name) => directionNames[name]);
    context.addIssue({ code: 'custom', message: 'must be in, out and none with commas between them' });
    return z.NEVER;
  });

/** Where a page of weighings ended: when that weighing was, and its id. */
const weighingCursor = z
  .string()
  .regex(/^\d{4}-[\dT:.-]{5,30}Z_[0-9a-f-]{36}$/, 'must be the cursor of a page before')
  .transform((text) => {
    const [registeredAt = '', weightId = ''] = text.split('_');
    return { registeredAt, weightId };
  });

const inOrder = ({ from, to }: { from: number; to: number }) => from <= to;
const orderFault = { path: ['from'], message: 'cannot be after to' };
const spanOf = ({ from, to }: { from: number; to: number }) => ({
  fromAt: isoInstant(from),
  toAt: isoInstant(to),
});

/** The lists of the weight API, to be mounted at `/api/weight`. Each is an array; `Link` names its next page. */
export function listRoutes({ store: { lists, sessions }, clock, timeZone }: ListRouteParts) {
  const routes = new Hono();

  routes.get('/unknown', (c) => {
    const query = readQuery(c, z.strictObject({ cursor: containerIdSchema.optional(), limit: limitField }));
    if (!query.ok) return problem(c, query.problem);
    const { cursor = null, limit } = query.value;
    const { items, more } = lists.containersWithoutTare(cursor, limit);
    if (more) linkNext(c, items.at(-1) ?? '');
    return c.json(items);
  });

  routes.get('/weight', (c) => {
    const nowMs = clock.now();
    const fields = {
      ...spanFields(timeZone, { fromMs: dayStartOf(nowMs, timeZone), toMs: nowMs }),
      filter: filterField,
      cursor: weighingCursor.optional(),
      limit: limitField,
    };
    const query = readQuery(c, z.strictObject(fields).refine(inOrder, orderFault));
    if (!query.ok) return problem(c, query.problem);
    const { filter, cursor = null, limit } = query.value;
    const { items, more } = lists.weighings(spanOf(query.value), filter, cursor, limit);
    const last = items.at(-1);
    if (more && last !== undefined) linkNext(c, `${last.registeredAt}_${last.weightId}`);
    return c.json(items.map((item) => listedWeighing(item, sessions.session(item.sessionId))));
  });

  routes.get('/item/:id', (c) => {
    const nowMs = clock.now();
    const fields = {
      ...spanFields(timeZone, { fromMs: monthStartOf(nowMs, timeZone), toMs: nowMs }),
      cursor: uuidSchema.optional(),
      limit: limitField,
    };
    const query = readQuery(c, z.strictObject(fields).refine(inOrder, orderFault));
    if (!query.ok) return problem(c, query.problem);
    const id = c.req.param('id');
    const item = lists.item(id);
    if (item === undefined) {
      return problem(c, {
        status: 404,
        code: 'item_not_found',
        title: 'Not found',
        detail: `No truck and no container here is called ${id.slice(0, 40)}.`,
      });
    }
    const { cursor = null, limit } = query.value;
    const { items, more } = lists.sessionsOf(id, spanOf(query.value), cursor, limit);
    if (more) linkNext(c, items.at(-1) ?? '');
    const tareKg = item.tareG === null ? null : kgOf(item.tareG);
    return c.json({
      id,
      item_id: id,
      item_type: item.kind,
      tara: tareKg === null ? 'na' : String(tareKg),
      sessions: items,
      tareKg,
    });
  });

  return routes;
}
