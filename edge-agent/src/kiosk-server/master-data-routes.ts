import {
  type Clock,
  isValidAt,
  produceIdSchema,
  truckIdSchema,
  truckKeyOf,
  truckOwnerAt,
} from '@weighgate/protocol';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Store } from '../store/open-store.ts';
import type { MasterDataView } from '../sync/master-data-copy.ts';
import type { MasterDataBook } from '../weighing/master-data-book.ts';
import { problem } from './problem.ts';
import { readValue } from './read-body.ts';

export interface MasterDataRouteParts {
  store: Pick<Store, 'masterData' | 'proposals'>;
  book: MasterDataBook;
  view: () => MasterDataView | null;
  clock: Clock;
}

const MOST_PROPOSALS = 100;

const truckParamSchema = z.strictObject({ truck: truckIdSchema });
const rateQuerySchema = z.strictObject({ truck: truckIdSchema.optional(), produce: produceIdSchema });

/** What the desk shows of the cloud's lists. All of it may be old: `confirmedAt` says since when. */
export function masterDataRoutes({ store, book, view, clock }: MasterDataRouteParts) {
  const { masterData, proposals } = store;
  return new Hono()
    .get('/master-data', (c) => c.json({ masterData: view() }))
    .get('/produce', (c) =>
      c.json({ produce: masterData.rows('produce').map(({ body }) => body.produce), masterData: view() }),
    )
    .get('/trucks/:truck/listed', (c) => {
      const param = readValue({ truck: c.req.param('truck') }, truckParamSchema);
      if (!param.ok) return problem(c, param.problem);
      const used = book.usedFor(param.value.truck, []);
      return c.json({ truck: param.value.truck, ...(used ?? { revision: 0, provider: null, flags: [] }) });
    })
    .get('/truck-proposals', (c) => c.json({ proposals: proposals.latest(MOST_PROPOSALS) }))
    .get('/rate-preview', (c) => {
      const query = readValue(c.req.query(), rateQuerySchema);
      if (!query.ok) return problem(c, query.problem);
      const { truck, produce } = query.value;
      const nowMs = clock.now();
      const listed = truck === undefined ? undefined : masterData.row('truck', truckKeyOf(truck));
      const providerId = listed === undefined ? null : truckOwnerAt(listed, nowMs);
      const rates = masterData
        .rows('rate')
        .map(({ body }) => body)
        .filter((rate) => rate.produce === produce && isValidAt(rate, nowMs));
      const rate =
        rates.find((one) => one.providerId !== null && one.providerId === providerId) ??
        rates.find((one) => one.providerId === null);
      // Only to be shown: what is paid is computed in the cloud, with the rate it has then.
      return c.json({
        produce,
        providerId,
        rate:
          rate === undefined
            ? null
            : { ratePerKgMinor: rate.ratePerKgMinor, currency: rate.currency, isPreview: true },
        masterData: view(),
      });
    });
}
