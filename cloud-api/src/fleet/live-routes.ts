import { z } from '@hono/zod-openapi';
import {
  type Clock,
  type CommandMessage,
  deviceIdSchema,
  type LiveReading,
  type MakeId,
} from '@weighgate/protocol';
import { streamSSE } from 'hono/streaming';
import { defineRoute } from '../http/define-route.ts';
import { answerProblem, answerUnknown, problemAnswer, refusals } from '../http/problem.ts';
import { makeRouter } from '../http/router.ts';
import type { Db } from '../store/database.ts';
import type { CloudKey } from './cloud-key.ts';
import type { LiveListeners } from './live-listeners.ts';
import { signCommand } from './sign-command.ts';

const LEASE_MS = 30_000;
const RENEW_MS = 15_000;
/** Longest stream; whoever still watches connects anew. */
const MAX_STREAM_MS = 600_000;

export interface LiveParts {
  db: Db;
  clock: Clock;
  makeId: MakeId;
  cloudKey: CloudKey;
  live: LiveListeners;
  /** Whether live weight is heard now. */
  isLiveConnected: () => boolean;
  /** @returns whether there was a broker to hand it to */
  sendCommand: (message: CommandMessage) => boolean;
}

const route = defineRoute({
  method: 'get',
  path: '/devices/{device}/live',
  'x-permission': 'devices.read',
  summary:
    'What the scales of a device show now, at most five times a second, as server-sent events `reading`',
  request: { params: z.strictObject({ device: deviceIdSchema }) },
  responses: {
    200: {
      description:
        'readings while the device is there and you listen, for ten minutes at most; silence is no weight',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    404: problemAnswer('no such device'),
    409: problemAnswer('the device is in quarantine and gets no commands'),
    503: problemAnswer('too many watch already, or the broker is away'),
    ...refusals,
  },
});

export function liveRoutes(parts: LiveParts) {
  const { clock, live, isLiveConnected, sendCommand } = parts;
  return makeRouter().openapi(route, async (c) => {
    const { device } = c.req.valid('param');
    const ask = () => signCommand(device, { kind: 'live', leaseMs: LEASE_MS }, parts);
    const signed = await ask();
    if (signed.kind === 'unknown') return answerUnknown(c, `device ${device}`);
    if (signed.kind === 'quarantined') {
      return answerProblem(c, 409, {
        code: 'in-quarantine',
        title: 'In quarantine',
        detail: `${device} is in quarantine and gets no commands until somebody releases it`,
      });
    }
    let newest: LiveReading | null = null;
    let wake = () => {};
    const stop = live.listen(device, (reading) => {
      newest = reading;
      wake();
    });
    if (stop === undefined || !isLiveConnected() || !sendCommand(signed.message)) {
      stop?.();
      return answerProblem(c, 503, {
        code: 'live-not-available',
        title: 'Live weight is not available',
        detail: 'too many watch already, or the broker is away: try again in a minute',
      });
    }
    return streamSSE(c, async (stream) => {
      const over = new AbortController();
      stream.onAbort(() => {
        over.abort();
        wake();
      });
      const untilMs = clock.monotonicMs() + MAX_STREAM_MS;
      let askAtMs = clock.monotonicMs() + RENEW_MS;
      try {
        while (!over.signal.aborted && clock.monotonicMs() < untilMs) {
          const reading: LiveReading | null = newest;
          newest = null;
          if (reading !== null) await stream.writeSSE({ event: 'reading', data: JSON.stringify(reading) });
          if (clock.monotonicMs() >= askAtMs) {
            askAtMs = clock.monotonicMs() + RENEW_MS;
            const next = await ask();
            if (next.kind !== 'signed') return;
            sendCommand(next.message);
          }
          if (newest !== null) continue;
          // Whichever comes first: a reading, the end, or the time to ask again.
          const waited = new AbortController();
          wake = () => waited.abort();
          await clock
            .sleep(Math.max(1, askAtMs - clock.monotonicMs()), waited.signal)
            .catch((error: unknown) => {
              if (!waited.signal.aborted) throw error;
            });
        }
      } finally {
        stop();
      }
    });
  });
}
