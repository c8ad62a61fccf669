import { z } from '@hono/zod-openapi';
import { containerIdSchema, isoInstant, kgOf } from '@weighgate/protocol';
import { defineRoute } from '../http/define-route.ts';
import { instantParameter } from '../http/instant.ts';
import { jsonAnswer } from '../http/json-content.ts';
import { answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { RegistryParts } from './registry-parts.ts';

/** Most tares of one container that one answer lists, the latest. */
const MAX_TARES = 500;

const tareSchema = z
  .object({
    tareKg: z.number(),
    validFrom: z.string(),
    validTo: z.string().nullable().openapi({ description: 'exclusive; null: until another one is set' }),
    setAt: z.string(),
    measured: z.boolean().openapi({ description: 'true when a weighbridge weighed the container empty' }),
  })
  .openapi('Tare');

const history = (timeZone: string) =>
  defineRoute({
    method: 'get',
    path: '/containers/{id}/tares',
    'x-permission': 'containers.read',
    summary:
      'Every tare of a container, those to come included, the latest first; or the one that holds at an instant',
    request: {
      params: z.object({ id: containerIdSchema }),
      query: z.strictObject({
        at: instantParameter(timeZone)
          .optional()
          .openapi({ description: 'only the one that holds then; none where nobody had said one yet' }),
      }),
    },
    responses: {
      200: jsonAnswer('the tares', z.object({ id: z.string(), tares: z.array(tareSchema) })),
      404: problemAnswer('no such container'),
      ...refusals,
    },
  });

export function tareHistoryRoutes({ db, timeZone }: RegistryParts) {
  return makeRouter().openapi(history(timeZone), async (c) => {
    const { id } = c.req.valid('param');
    const { at } = c.req.valid('query');
    const rows = await db
      .selectFrom('container_tares')
      .selectAll()
      .where('container', '=', id)
      .orderBy('valid_from', 'desc')
      .limit(MAX_TARES)
      .execute();
    if (rows.length === 0) return answerUnknown(c, `container ${id}`);
    const tares = rows.map((row, index) => ({
      tareKg: kgOf(row.tare_g),
      validFrom: isoInstant(row.valid_from.getTime()),
      validTo: textOf(rows[index - 1]?.valid_from),
      setAt: isoInstant(row.set_at.getTime()),
      measured: row.entry_uuid !== null,
    }));
    if (at === undefined) return c.json({ id, tares }, 200);
    const then = isoInstant(at);
    return c.json({ id, tares: tares.filter(({ validFrom }) => validFrom <= then).slice(0, 1) }, 200);
  });
}

const textOf = (instant: Date | undefined) => (instant === undefined ? null : isoInstant(instant.getTime()));
