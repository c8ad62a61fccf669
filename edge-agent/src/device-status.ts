import type { Clock, DeviceStatus, LiveReading } from '@weighgate/protocol';
import { liveView, type WatchedScale } from './kiosk-server/live-view.ts';
import type { TicketPrinting } from './lane/printer/print-tickets.ts';
import { freeDiskBytes } from './store/free-disk.ts';
import type { Store } from './store/open-store.ts';
import type { StorageState } from './store/storage-guard.ts';

export interface DeviceStatusParts {
  dataDir: string;
  scales: readonly WatchedScale[];
  /** Decks weighed as one; they have no line of their own. */
  sums: readonly WatchedScale[];
  store: Pick<Store, 'clockGuard' | 'masterData'>;
  storageState: () => StorageState;
  printer: () => ReturnType<TicketPrinting['view']> | null;
  softwareId: string;
  clock: Clock;
}

/** How the device is, for its `state` topic. */
export function deviceStatusOf({
  dataDir,
  scales,
  sums,
  store,
  storageState,
  printer,
  softwareId,
  clock,
}: DeviceStatusParts): Omit<DeviceStatus, 'sync'> {
  const printing = printer();
  const viewOf = (scale: WatchedScale) => {
    const { lineState, deck } = liveView(scale, clock);
    return { id: scale.id, line: lineState, deck };
  };
  return {
    clock: store.clockGuard.state(),
    freeDiskBytes: freeDiskBytes(dataDir),
    storage: storageState(),
    printer: printing === null ? null : { state: printing.state, waiting: printing.waiting },
    scales: [
      ...scales.map(viewOf),
      ...sums.map((sum) => ({ ...viewOf(sum), line: 'unknown' as const })),
    ].slice(0, 32),
    masterDataRevision: store.masterData.held().revision,
    software: softwareId,
  };
}

/** What a scale shows now, for whoever asked for live weight. */
export function liveScaleOf(scale: WatchedScale, clock: Clock): LiveReading['scales'][number] {
  const { grossKg, stable, deck } = liveView(scale, clock);
  return { id: scale.id, grossKg, stable, deck };
}
