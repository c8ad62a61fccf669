import { gramsOf, kgOf, overloadPolicySchema, truckIdSchema } from '@weighgate/protocol';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import { presetTareOnAny } from '../weighing/preset-tare.ts';
import type { Scale } from '../weighing/register-weight.ts';
import { TARES_COMPARED } from '../weighing/tare-drift.ts';
import { actorOf, requirePermission } from './actor.ts';
import { problem } from './problem.ts';
import { readBody, readValue } from './read-body.ts';
import { refusalProblem } from './refusal-problem.ts';
import { containerBodySchema, massKgSchema } from './weigh-body.ts';

const truckParamSchema = z.strictObject({ id: truckIdSchema });

/** Body of `PUT /api/weight/trucks/{id}`: its legal gross, or null for none, and what a load over it comes to. */
const truckBodySchema = z.strictObject({
  legalGrossKg: massKgSchema.refine((kg) => kg > 0, 'must be more than zero').nullable(),
  overload: overloadPolicySchema.default('warn'),
});

/** What this site keeps of a truck. To be mounted at `/api/weight`. */
export function truckRoutes({ trucks }: Pick<Store, 'trucks'>, scales: readonly Scale[]) {
  const routes = new Hono();

  routes.get('/trucks/:id', (c) => {
    const param = readValue({ id: c.req.param('id') }, truckParamSchema);
    if (!param.ok) return problem(c, param.problem);
    return c.json(truckAnswer(param.value.id));
  });

  routes.put('/trucks/:id', requirePermission('tares'), async (c) => {
    const param = readValue({ id: c.req.param('id') }, truckParamSchema);
    if (!param.ok) return problem(c, param.problem);
    const body = readBody(await c.req.text(), truckBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const { id } = param.value;
    const { legalGrossKg, overload } = body.value;
    const limit =
      legalGrossKg === null ? null : { legalGrossG: gramsOf(String(legalGrossKg), 'kg'), overload };
    const { changed } = actorOf(c).act(() => trucks.setLegalGross(id, limit));
    return c.json({ ...truckAnswer(id), changed });
  });

  routes.put('/trucks/:id/tare', requirePermission('tares'), async (c) => {
    const param = readValue({ id: c.req.param('id') }, truckParamSchema);
    if (!param.ok) return problem(c, param.problem);
    const body = readBody(await c.req.text(), containerBodySchema);
    if (!body.ok) return problem(c, body.problem);
    const { id } = param.value;
    const typedG = gramsOf(String(body.value.tareKg), 'kg');
    const typed = presetTareOnAny(
      typedG,
      scales.map(({ deck }) => deck.rule),
    );
    if (typed.kind === 'refused') return refusalProblem(c, { status: 400, title: 'Not set' }, typed.refusal);
    actorOf(c).act(() => trucks.setTare(id, typed.tareG));
    return c.json(truckAnswer(id));
  });

  function truckAnswer(id: string) {
    const tare = trucks.tareOf(id);
    const limit = trucks.legalGrossOf(id);
    return {
      id,
      legalGrossKg: limit === undefined ? null : kgOf(limit.legalGrossG),
      overload: limit?.overload ?? null,
      tare:
        tare === undefined
          ? null
          : {
              kind: tare.kind,
              mark: tare.kind === 'preset' ? 'PT' : null,
              tareKg: kgOf(tare.tareG),
              setAt: tare.setAt,
              weightId: tare.weightId,
            },
      recentTaresKg: trucks.recentTaresG(id, TARES_COMPARED).map(kgOf),
    };
  }

  return routes;
}
