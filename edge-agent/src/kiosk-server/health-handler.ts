import { type Clock, isoInstant } from '@weighgate/protocol';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { TicketPrinting } from '../lane/printer/print-tickets.ts';
import type { Store } from '../store/open-store.ts';
import type { StorageState } from '../store/storage-guard.ts';
import type { MasterDataView } from '../sync/master-data-copy.ts';
import type { SyncView } from '../sync/sync-view.ts';
import type { SoftwareIdentification } from './identification-routes.ts';
import { liveView, type WatchedScale } from './live-view.ts';

export interface HealthParts {
  scales: readonly WatchedScale[];
  store: Pick<Store, 'sessions' | 'seal' | 'identity' | 'sealedParameters' | 'clockGuard'>;
  software: Pick<SoftwareIdentification, 'softwareId'>;
  sync: () => SyncView;
  /** How old the copy of the cloud's lists is; null where none is kept. */
  masterData?: (() => MasterDataView | null) | undefined;
  storageState: () => StorageState;
  /** The printer of tickets; null where there is none. */
  printer?: (() => ReturnType<TicketPrinting['view']> | null) | undefined;
  clock: Clock;
  log: Logger;
}

/**
 * `GET /api/weight/health`: `healthy`, or `degraded` with what is wrong beside it; 503 when the database cannot be read.
 * A network that is away is no illness: weighing goes on without it. What the cloud will not take is one: it waits for a
 * person, though weighing goes on.
 */
export function healthHandler({
  scales,
  store,
  software,
  sync,
  masterData,
  storageState,
  printer,
  clock,
  log,
}: HealthParts) {
  return (c: Context) => {
    const views = scales.map((scale) => ({
      ...liveView(scale, clock),
      line: scale.reader.health(),
      positionSensors: scale.positionSensors?.() ?? [],
    }));
    const storage = storageState();
    const kept = readKept(store, sync, log);
    const allUp = views.every((view) => view.lineUp && !view.stale && view.position?.kind !== 'unknown');
    const healthy = allUp && kept?.seal.kind === 'intact' && kept.sync.trouble === null && storage !== 'low';
    const answer = {
      status: healthy ? 'healthy' : 'degraded',
      service: 'weight',
      database: kept === null ? 'unhealthy' : 'healthy',
      timestamp: isoInstant(clock.now()),
      device: store.identity.device,
      site: store.identity.site,
      incarnation: store.identity.incarnation,
      software: software.softwareId,
      scales: views,
      storage,
      printer: printer?.() ?? null,
      masterData: kept === null ? null : (masterData?.() ?? null),
      ...kept,
    };
    return c.json(answer, kept === null ? 503 : 200);
  };
}

/** What the database has to be read for; null when it cannot be. */
function readKept(
  { sessions, seal, sealedParameters, clockGuard }: HealthParts['store'],
  sync: HealthParts['sync'],
  log: Logger,
) {
  try {
    sessions.session('none');
    const view = sync();
    const waiting = view.headSeq - view.ackedSeq + view.formerWaiting;
    const counters = sealedParameters.counters();
    const clock = { state: clockGuard.state(), timeSync: clockGuard.timeSync() };
    return { clock, counters, seal: seal.state(), sync: { ...view, waiting } };
  } catch (error) {
    log.error({ err: error }, 'database.unreadable');
    return null;
  }
}
