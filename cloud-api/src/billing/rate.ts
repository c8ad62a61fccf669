import { holdsAt, type Validity } from './validity.ts';

/** A rate and when it holds. */
export interface Rate extends Validity {
  id: string;
  produce: string;
  /** Null: for every provider. */
  providerId: number | null;
  /** Minor units of the currency per kilogram as decimal text. */
  ratePerKgMinor: string;
  /** ISO 4217 code. */
  currency: string;
}

/** What a rate is looked up by. */
export interface RatedDelivery {
  produce: string;
  providerId: number;
  weighedOutAtMs: number;
}

/**
 * The rate of a delivery: the provider's own before the one for all, valid at the instant of weigh-out. Undefined
 * when there is none, which blocks the bill; it is never taken for zero.
 */
export function rateFor(delivery: RatedDelivery, rates: readonly Rate[]): Rate | undefined {
  const findOf = (providerId: number | null) =>
    rates.find(
      (rate) =>
        rate.providerId === providerId &&
        rate.produce === delivery.produce &&
        holdsAt(rate, delivery.weighedOutAtMs),
    );
  return findOf(delivery.providerId) ?? findOf(null);
}
