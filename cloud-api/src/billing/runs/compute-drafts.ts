import type { Clock } from '@weighgate/protocol';
import type { Db, Trx } from '../../store/database.ts';
import { findRates, type Period } from '../find-billable.ts';
import type { Rate } from '../rate.ts';
import { findSellers, type Seller } from './bill-parties.ts';
import { type Drafted, draftFiguresOf } from './draft-figures.ts';
import { findBlockers } from './find-blockers.ts';
import { type Cuts, cutsOf } from './price-segments.ts';
import { sumDeliveries } from './sum-deliveries.ts';

/** What computing a run needs from outside. `currency` is that of every amount. */
export interface RunParts {
  clock: Clock;
  currency: string;
}

/** A provider's run as it would be now. */
export interface ComputedRun extends Drafted {
  seller: Seller;
  cuts: Cuts;
}

/**
 * Computes the runs of providers for a period, all in one go: the database sums, and what comes here is a row for each
 * provider, produce and segment of time.
 */
export async function computeDrafts(
  db: Db | Trx,
  period: Period,
  providerIds: readonly number[],
  { clock, currency }: RunParts,
): Promise<ComputedRun[]> {
  const sellers = await findSellers(db, providerIds, { atMs: clock.now(), currency });
  // What is late may have been weighed out at any time before.
  const rates = ratesByProvider(await findRates(db, { fromMs: 0, toMs: period.toMs }, currency));
  const ratesOf = (providerId: number) => [...(rates.get(providerId) ?? []), ...(rates.get(null) ?? [])];
  const cuts = new Map(
    [...sellers].map(([id, { terms }]) => [id, cutsOf(period.fromMs, ratesOf(id), terms.vat)]),
  );
  const sums = Map.groupBy(await sumDeliveries(db, period, cuts), ({ providerId }) => providerId);
  const blockers = await findBlockers(db, period, providerIds);
  return [...sellers.values()].map((seller) => {
    const { providerId, terms } = seller;
    const its = cuts.get(providerId) ?? [];
    const drafted = draftFiguresOf({
      providerId,
      periodFromMs: period.fromMs,
      sums: sums.get(providerId) ?? [],
      cuts: its,
      rates: ratesOf(providerId),
      terms,
      blockers: blockers.get(providerId) ?? [],
    });
    return { ...drafted, seller, cuts: its };
  });
}

function ratesByProvider(rates: readonly Rate[]): Map<number | null, Rate[]> {
  return Map.groupBy(rates, ({ providerId }) => providerId);
}
