import {
  type Clock,
  type DeviceState,
  type DeviceStatus,
  deviceTopic,
  isoInstant,
  STATUS_EVERY_MS,
} from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Identity } from '../store/identity.ts';
import type { Publish, Will } from './mqtt-link.ts';

/** A status that changed waits for so long, so that a line that comes and goes is not told at every turn. */
const CHANGE_PAUSE_MS = 5_000;
/** Longest wait for the broker to take the goodbye; without it the will says the same a little later. */
const GOODBYE_MS = 500;

export interface PresenceParts {
  clock: Clock;
  log: Logger;
  bootId: string;
  /** How the device is; undefined when it does not tell. */
  status: () => DeviceStatus | undefined;
}

/** What a device says of itself on its `state` topic, retained. */
export interface Presence {
  /** Begins a connection: what the broker is to say when that one breaks. */
  will: () => Will;
  connected(publish: Publish): void;
  disconnected(): void;
  /** Says how the device is when that is due. */
  tick(): void;
  /** Waits a moment for the broker to take it. Never rejects. */
  goodbye(publish: Publish): Promise<void>;
}

/**
 * Says on each connection that the device is there, how it is every {@link STATUS_EVERY_MS} and when that changes, and in
 * the end that it goes.
 */
export function keepPresence(
  identity: Pick<Identity, 'device' | 'incarnation'>,
  { clock, log, bootId, status }: PresenceParts,
): Presence {
  const topic = deviceTopic(identity.device, 'state');
  let connectedMonoMs = 0;
  let publishNow: Publish | null = null;
  let said = { shape: '', atMs: 0 };

  function textOf(online: boolean, told?: DeviceStatus): string {
    const { incarnation } = identity;
    const at = isoInstant(clock.now());
    const state: DeviceState = { v: 1, online, incarnation, bootId, at, connectedMonoMs };
    return JSON.stringify(told === undefined ? state : { ...state, status: told });
  }

  function say(publish: Publish, told: DeviceStatus | undefined): void {
    said = { shape: shapeOf(told), atMs: clock.monotonicMs() };
    publish(topic, textOf(true, told), { retain: true }).catch((error: unknown) => {
      // The next one says it again.
      log.warn({ detail: (error as Error).message }, 'presence.not_said');
    });
  }

  return {
    will: () => {
      connectedMonoMs = Math.floor(clock.monotonicMs());
      return { topic, payload: textOf(false) };
    },
    connected: (publish) => {
      publishNow = publish;
      say(publish, status());
    },
    disconnected: () => {
      publishNow = null;
    },
    tick: () => {
      const quietMs = clock.monotonicMs() - said.atMs;
      if (publishNow === null || quietMs < CHANGE_PAUSE_MS) return;
      const told = status();
      if (quietMs >= STATUS_EVERY_MS || shapeOf(told) !== said.shape) say(publishNow, told);
    },
    goodbye: async (publish) => {
      const patience = new AbortController();
      const gone = publish(topic, textOf(false), { retain: true }).catch((error: unknown) => {
        log.warn({ detail: (error as Error).message }, 'presence.goodbye_failed');
      });
      const waited = clock.sleep(GOODBYE_MS, patience.signal).catch((error: unknown) => {
        if (!patience.signal.aborted) throw error;
      });
      await Promise.race([gone, waited]);
      patience.abort();
    },
  };
}

/** A status without the figures that always move: when this changes, it is told at once. */
function shapeOf(told: DeviceStatus | undefined): string {
  if (told === undefined) return '';
  const { sync, printer, scales } = told;
  return JSON.stringify({
    ...told,
    sync: { phase: sync.phase, trouble: sync.trouble },
    freeDiskBytes: null,
    printer: printer?.state ?? null,
    // A truck on the deck is no news.
    scales: scales.map(({ id, line }) => ({ id, line })),
  });
}
