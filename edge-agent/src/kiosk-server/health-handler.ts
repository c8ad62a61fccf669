import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Store } from '../store/open-store.ts';
import type { StorageState } from '../store/storage-guard.ts';
import type { SyncView } from '../sync/journal-pump.ts';
import { liveView, type WatchedScale } from './live-view.ts';

export interface HealthParts {
  scales: readonly WatchedScale[];
  store: Pick<Store, 'sessions' | 'seal' | 'identity'>;
  sync: () => SyncView;
  storageState: () => StorageState;
  clock: Clock;
  log: Logger;
}

/**
 * `GET /api/weight/health`: `healthy`, or `degraded` with what is wrong beside it; 503 when the database cannot be read.
 * A network that is away is no illness: weighing goes on without it.
 */
export function healthHandler({ scales, store, sync, storageState, clock, log }: HealthParts) {
  return (c: Context) => {
    const views = scales.map((scale) => ({ ...liveView(scale, clock), line: scale.reader.health() }));
    const { phase, headSeq, ackedSeq } = sync();
    const seal = store.seal.state();
    const storage = storageState();
    const database = databaseState(store, log);
    const allUp = views.every((view) => view.lineUp && !view.stale);
    const healthy = allUp && seal.kind === 'intact' && storage !== 'low' && database === 'healthy';
    const answer = {
      status: healthy ? 'healthy' : 'degraded',
      service: 'weight',
      database,
      timestamp: isoInstant(clock.now()),
      device: store.identity.device,
      site: store.identity.site,
      incarnation: store.identity.incarnation,
      scales: views,
      seal,
      storage,
      sync: { phase, headSeq, ackedSeq, waiting: headSeq - ackedSeq },
    };
    return c.json(answer, database === 'healthy' ? 200 : 503);
  };
}

function databaseState({ sessions }: HealthParts['store'], log: Logger): 'healthy' | 'unhealthy' {
  try {
    sessions.session('none');
    return 'healthy';
  } catch (error) {
    log.error({ err: error }, 'database.unreadable');
    return 'unhealthy';
  }
}
