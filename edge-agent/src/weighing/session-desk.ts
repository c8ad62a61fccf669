import { netOf, type Uuid } from '@weighgate/protocol';
import { chooseScale } from './choose-scale.ts';
import { type GivenWeight, manualWeightOf } from './manual-weight.ts';
import { netRefusalOf } from './net-refusal.ts';
import type { Refusal } from './refusal.ts';
import { type RegisterWeightParts, registerWeight, type Scale } from './register-weight.ts';
import type { Idempotency, WeighingEntry, WeighingStore } from './weighing-store.ts';

/** `single` stands alone: a check of a weight that belongs to no visit. */
export type Direction = 'in' | 'out' | 'single';

/** What a person or a machine asks of the desk. The weight comes from the deck, unless it is given as a manual one. */
export interface WeighRequest {
  direction: Direction;
  /** Which scale; may be left out where there is one. */
  scaleId: string | null;
  truck: string | null;
  produce: string | null;
  containers: readonly string[];
  idempotency: Idempotency | null;
  /** A weight given by a person in place of the deck's; whoever asks has checked that they may. */
  manual?: GivenWeight | undefined;
  /** A weighing in of a truck that is inside: the earlier one counts no more, and stays readable. */
  force?: boolean | undefined;
}

export type WeighOutcome =
  | { kind: 'recorded'; entry: WeighingEntry; repeated: boolean }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'key_reused' };

export interface SessionDesk {
  weigh(request: WeighRequest): WeighOutcome;
}

/**
 * Weighs trucks in, out and single. Every rule is checked before the weight is registered; the answer is given only
 * after the store has committed. One call runs to its end before the next: two requests cannot interleave.
 */
export function sessionDesk(
  scales: readonly Scale[],
  store: WeighingStore,
  parts: RegisterWeightParts & {
    /** Why nothing may be weighed now, wherever the truck stands; null when it may. */
    hindrance?: () => Refusal | null;
  },
): SessionDesk {
  function weigh(request: WeighRequest): WeighOutcome {
    const earlier = request.idempotency === null ? undefined : store.earlierAnswer(request.idempotency.key);
    if (earlier !== undefined) {
      if (earlier.requestDigest !== request.idempotency?.requestDigest) return { kind: 'key_reused' };
      return { kind: 'recorded', entry: earlier.entry, repeated: true };
    }
    const hindrance = parts.hindrance?.() ?? null;
    if (hindrance !== null) return refused(hindrance);
    const choice = chooseScale(scales, request.scaleId);
    if (choice.kind === 'refused') return choice;
    const { scale } = choice;
    const outcome = weighOn(scale, request);
    if (outcome.kind === 'recorded' && request.manual === undefined) scale.deck.markRegistered();
    return outcome;
  }

  function weighOn(scale: Scale, request: WeighRequest): WeighOutcome {
    switch (request.direction) {
      case 'in':
        return weighIn(scale, request);
      case 'out':
        return weighOut(scale, request);
      case 'single':
        return weighSingle(scale, request);
    }
  }

  function weighIn(
    scale: Scale,
    { truck, produce, containers, idempotency, manual, force = false }: WeighRequest,
  ): WeighOutcome {
    if (truck === null) return refused({ code: 'truck_missing', direction: 'in' });
    const open = store.openSessionOf(truck);
    if (open !== undefined && !force)
      return refused({ code: 'session_open', truck, sessionId: open.sessionId });
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const facts = {
      sessionId: newSessionId(),
      truck,
      produce,
      containers: distinct(containers),
      weight: registration.weight,
      supersedes: open?.sessionId,
    };
    return recorded(store.recordIn(facts, idempotency));
  }

  function weighOut(
    scale: Scale,
    { truck, produce, containers, idempotency, manual }: WeighRequest,
  ): WeighOutcome {
    if (truck === null) return refused({ code: 'truck_missing', direction: 'out' });
    const open = store.openSessionOf(truck);
    if (open === undefined) return refused({ code: 'no_open_session', truck });
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const { weight } = registration;
    const second = { grossG: weight.grossG, containers: distinct(containers) };
    const tares = store.taresOf([...open.first.containers, ...second.containers]);
    const net = netOf(open.first, second, tares);
    const refusal = netRefusalOf(open.first, second, net);
    if (refusal !== null) return refused(refusal);
    return recorded(
      store.recordOut(
        {
          sessionId: open.sessionId,
          truck: open.truck,
          produce: produce ?? open.produce,
          containers: second.containers,
          weight,
          first: open.first,
          tares,
          net,
        },
        idempotency,
      ),
    );
  }

  function weighSingle(
    scale: Scale,
    { truck, produce, containers, idempotency, manual }: WeighRequest,
  ): WeighOutcome {
    const open = truck === null ? undefined : store.openSessionOf(truck);
    if (open !== undefined)
      return refused({ code: 'session_open', truck: open.truck, sessionId: open.sessionId });
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const facts = {
      sessionId: newSessionId(),
      truck,
      produce,
      containers: distinct(containers),
      weight: registration.weight,
    };
    return recorded(store.recordSingle(facts, idempotency));
  }

  const weightOf = (scale: Scale, manual: GivenWeight | undefined) =>
    manual === undefined ? registerWeight(scale, parts) : manualWeightOf(scale, manual, parts);

  const newSessionId = (): Uuid => parts.makeId();

  return { weigh };
}

function distinct(containers: readonly string[]): string[] {
  return [...new Set(containers)];
}

function refused(refusal: Refusal): WeighOutcome {
  return { kind: 'refused', refusal };
}

function recorded(entry: WeighingEntry): WeighOutcome {
  return { kind: 'recorded', entry, repeated: false };
}
