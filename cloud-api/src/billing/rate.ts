/** A rate and when it holds: `[validFromMs, validToMs)`, null for without end. */
export interface Rate {
  id: string;
  produce: string;
  /** Null: for every provider. */
  providerId: number | null;
  /** Minor units per kilogram as decimal text. */
  ratePerKgMinor: string;
  validFromMs: number | null;
  validToMs: number | null;
}

/**
 * The rate of a delivery: the provider's own before the one for all, valid at the instant of weigh-out. Undefined
 * when there is none, which blocks the bill; it is never taken for zero.
 */
export function rateFor(
  delivery: { produce: string; providerId: number; weighedOutAtMs: number },
  rates: readonly Rate[],
): Rate | undefined {
  const valid = rates.filter(
    ({ produce, validFromMs, validToMs }) =>
      produce === delivery.produce &&
      (validFromMs === null || validFromMs <= delivery.weighedOutAtMs) &&
      (validToMs === null || delivery.weighedOutAtMs < validToMs),
  );
  return (
    valid.find(({ providerId }) => providerId === delivery.providerId) ??
    valid.find(({ providerId }) => providerId === null)
  );
}
