import { type LiveReading, liveReadingSchema, readPayload } from '@weighgate/protocol';

/** Somebody who watches a device. Must not block: what they do not take in time is dropped. */
export type LiveListener = (reading: LiveReading) => void;

/** Those who watch devices now. */
export interface LiveListeners {
  /** What came on a device's `live` topic; what is none is dropped. */
  heard(device: string, payload: Uint8Array): void;
  /** @returns how to stop; undefined when too many watch already */
  listen(device: string, listener: LiveListener): (() => void) | undefined;
}

/** @param most watchers at once, of all devices together */
export function makeLiveListeners(most = 50): LiveListeners {
  const listeners = new Map<LiveListener, string>();
  return {
    heard: (device, payload) => {
      const watching = [...listeners].filter(([, watched]) => watched === device);
      if (watching.length === 0) return;
      const reading = readPayload(liveReadingSchema, payload);
      if (!reading.ok || reading.message.device !== device) return;
      for (const [listener] of watching) listener(reading.message);
    },
    listen: (device, listener) => {
      if (listeners.size >= most) return undefined;
      listeners.set(listener, device);
      return () => void listeners.delete(listener);
    },
  };
}
