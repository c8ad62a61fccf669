import { Hono } from 'hono';
import type { Store } from '../store/open-store.ts';
import type { WatchedScale } from './live-view.ts';

/** What this software is, so that anybody can compare it with what was examined. */
export interface SoftwareIdentification {
  version: string;
  /** Of the source; null where nobody said. */
  commit: string | null;
  /** The folders that measure, decide, keep and print: the legally relevant part. */
  modules: readonly string[];
  /** SHA-256 over the files of these folders, in the order of their paths. */
  modulesSha256: string;
  /** Version and the first eight digits of the hash, as on tickets. */
  softwareId: string;
}

export interface IdentificationParts {
  software: SoftwareIdentification;
  store: Pick<Store, 'identity' | 'sealedParameters'>;
  scales: readonly Pick<WatchedScale, 'id' | 'indicator' | 'serialNo'>[];
}

/** `GET /identification`: the software, the counters of adjustments and the indicators, shown on command (LM-50, LM-55). */
export function identificationRoutes({ software, store, scales }: IdentificationParts) {
  return new Hono().get('/identification', (c) => {
    const { device, site, incarnation, bornAt } = store.identity;
    return c.json({
      ...software,
      counters: store.sealedParameters.counters(),
      device,
      site,
      incarnation,
      bornAt,
      // What an indicator says of its own firmware and approval is not asked: no protocol here carries it.
      indicators: scales.map(({ id, indicator, serialNo = null }) => ({
        scale: id,
        model: indicator.model,
        serialNo,
        approval: null,
      })),
    });
  });
}
