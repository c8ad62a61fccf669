import type { Clock } from '@weighgate/protocol';
import { z } from 'zod';
import { type ApiAnswer, type ApiClient, ApiError } from './api-client.ts';

const weighingSchema = z.looseObject({
  id: z.string(),
  direction: z.enum(['in', 'out', 'none']),
  truck: z.string(),
  containers: z.array(z.string()),
  grossKg: z.number(),
  truckTareKg: z.number().nullable(),
  netKg: z.number().nullable(),
  waitingFor: z.array(z.string()),
  ticketNo: z.string(),
  weighedAt: z.string(),
});
export type Weighing = z.infer<typeof weighingSchema>;

const sessionSchema = z.looseObject({
  id: z.string(),
  truck: z.string(),
  produce: z.string(),
  state: z.enum(['open', 'closed', 'single']),
  grossKg: z.number(),
  truckTareKg: z.number().nullable(),
  netKg: z.number().nullable(),
  first: z.looseObject({ containers: z.array(z.string()), ticketNo: z.string(), grossKg: z.number() }),
});
export type EdgeSession = z.infer<typeof sessionSchema>;

const healthSchema = z.looseObject({
  status: z.enum(['healthy', 'degraded']),
  sync: z.strictObject({
    phase: z.string(),
    headSeq: z.number(),
    ackedSeq: z.number(),
    waiting: z.number(),
    /** Of former lives of the database. */
    formerWaiting: z.number(),
    trouble: z.looseObject({ code: z.string(), seq: z.number() }).nullable(),
  }),
});
const liveSchema = z.looseObject({ deck: z.string(), grossKg: z.number().nullable(), stale: z.boolean() });
export type LiveWeight = z.infer<typeof liveSchema>;

export interface WeighRequest {
  direction: 'in' | 'out' | 'none';
  truck: string;
  produce?: string;
  containers: readonly string[];
}

/** The agent's weight API as an operator's machine uses it. */
export interface EdgeClient {
  weigh(request: WeighRequest, idempotencyKey: string): Promise<ApiAnswer<Weighing>>;
  session(id: string): Promise<EdgeSession>;
  openSessions(): Promise<EdgeSession[]>;
  sync(): Promise<z.infer<typeof healthSchema>['sync']>;
  setTare(container: string, tareKg: number): Promise<void>;
  /** Resolves with the first live weight that the deck has settled on, or empties to. */
  untilDeck(state: 'settled' | 'empty', timeoutMs: number): Promise<LiveWeight>;
  /** Resolves when the cloud has acknowledged entry `seq`. */
  untilAcknowledged(seq: number, timeoutMs: number): Promise<number>;
}

const POLL_MS = 100;

export function edgeClient(api: ApiClient, clock: Clock): EdgeClient {
  const health = () => api.need(healthSchema, { path: '/api/weight/health' });
  return {
    weigh: (body, idempotencyKey) =>
      api.call(weighingSchema, { method: 'POST', path: '/api/weight/weight', body, idempotencyKey }),
    session: (id) => api.need(sessionSchema, { path: `/api/weight/session/${id}` }),
    openSessions: async () =>
      (
        await api.need(z.strictObject({ sessions: z.array(sessionSchema) }), {
          path: '/api/weight/sessions/open',
        })
      ).sessions,
    sync: async () => (await health()).sync,
    setTare: async (container, tareKg) => {
      const path = `/api/weight/containers/${encodeURIComponent(container)}`;
      await api.need(z.looseObject({ tareKg: z.number() }), { method: 'PUT', path, body: { tareKg } });
    },
    untilDeck: async (state, timeoutMs) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        for await (const event of api.events('/api/weight/live', timeout)) {
          const live = liveSchema.parse(event);
          if (live.deck === state) return live;
        }
      } catch (error) {
        if (!timeout.aborted) throw error;
      }
      throw new ApiError('unexpected_answer', `the deck was not ${state} within ${timeoutMs} ms`);
    },
    untilAcknowledged: async (seq, timeoutMs) => {
      const deadlineMs = clock.monotonicMs() + timeoutMs;
      for (;;) {
        const { ackedSeq, phase } = (await health()).sync;
        if (ackedSeq >= seq) return ackedSeq;
        if (clock.monotonicMs() > deadlineMs) {
          throw new ApiError(
            'unexpected_answer',
            `the cloud has not acknowledged entry ${seq} after ${timeoutMs} ms (${phase}, at ${ackedSeq})`,
          );
        }
        await clock.sleep(POLL_MS);
      }
    },
  };
}
