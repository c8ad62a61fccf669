import type { Clock, MakeId } from '@weighgate/protocol';
import type { Random } from '../random.ts';
import { weighOn } from '../weigh-on.ts';
import type { HistoryEvent, OpEvent } from './history.ts';
import type { SoakAgent } from './soak-agent.ts';

/** Trucks that come to the scales of one agent, one after the other on each. */
export interface Workload {
  /** Lets the trucks that are inside leave, and holds the others until `resume`. */
  pause(): Promise<void>;
  resume(): void;
  /** Lets the trucks that are inside leave, and ends. */
  stop(): Promise<void>;
  /** Weighings answered so far, in ms. */
  answeredInMs: readonly number[];
}

export interface WorkloadParts {
  clock: Clock;
  makeId: MakeId;
  random: Random;
  /** Told of each event, with the time of now. */
  record: (event: WithoutTime) => void;
}
type WithoutTime = OpEvent extends infer E ? (E extends OpEvent ? Omit<E, 'atMs'> : never) : never;
export type Recorded =
  | WithoutTime
  | (HistoryEvent extends infer E ? (E extends { type: 'nemesis' } ? Omit<E, 'atMs'> : never) : never);

/** One truck does not wait longer than this for one weighing. */
const PATIENCE_MS = 120_000;
/** A weighing on one scale takes at least so long. */
const PACE_MS = 2_000;
const KG_STEP = 20;
const POLL_MS = 50;

/** Lets trucks come to every scale of an agent until it is stopped. */
export function startWorkload(agent: SoakAgent, { clock, makeId, random, record }: WorkloadParts): Workload {
  const answeredInMs: number[] = [];
  let isPaused = false;
  let isStopped = false;
  let visiting = 0;

  async function weigh(
    scale: SoakAgent['scales'][number],
    wish: { direction: 'in' | 'out'; truck: string; kg: number },
  ) {
    const op = makeId();
    const fields = { op, device: agent.device, ...wish };
    const startedMs = clock.monotonicMs();
    record({ type: 'invoke', ...fields });
    let isSilent = false;
    const onSilence = (why: string) => {
      if (!isSilent) record({ type: 'info', ...fields, why });
      isSilent = true;
    };
    const parts = { api: agent.api, ...scale, clock, onSilence };
    const outcome = await weighOn(parts, { ...wish, idempotencyKey: op }, PATIENCE_MS);
    switch (outcome.kind) {
      case 'weighed': {
        const { id: sessionId, ticketNo, grossKg, netKg } = outcome.weighed;
        if (!isSilent) answeredInMs.push(outcome.answeredInMs);
        record({ type: 'ok', ...fields, sessionId, ticketNo, grossKg, netKg });
        break;
      }
      case 'refused':
        record({ type: 'fail', ...fields, code: outcome.code });
        break;
      case 'unknown':
        record({ type: 'info', ...fields, why: outcome.why });
    }
    await clock.sleep(PACE_MS - (clock.monotonicMs() - startedMs));
    return outcome.kind;
  }

  async function visits(scale: SoakAgent['scales'][number], chance: Random): Promise<void> {
    let visit = 0;
    while (!isStopped) {
      if (isPaused) {
        await clock.sleep(POLL_MS);
        continue;
      }
      visiting += 1;
      visit += 1;
      const truck = `${agent.device}-${scale.scale}-${visit}`;
      const inKg = chance.whole(900, 2_000) * KG_STEP;
      const weighed = await weigh(scale, { direction: 'in', truck, kg: inKg });
      if (weighed === 'weighed')
        await weigh(scale, { direction: 'out', truck, kg: chance.whole(300, 800) * KG_STEP });
      visiting -= 1;
    }
  }

  const allVisits = Promise.all(agent.scales.map((scale) => visits(scale, random.fork(scale.scale))));
  return {
    answeredInMs,
    pause: async () => {
      isPaused = true;
      while (visiting > 0) await clock.sleep(POLL_MS);
    },
    resume: () => {
      isPaused = false;
    },
    stop: async () => {
      isStopped = true;
      await allVisits;
    },
  };
}
