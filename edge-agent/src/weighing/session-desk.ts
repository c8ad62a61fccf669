import { kgOf, type Net, netOf, type StoredTare, type TareDrift, type Uuid } from '@weighgate/protocol';
import { chooseScale } from './choose-scale.ts';
import { containersOutOf, type DeskRules, defaultDeskRules } from './desk-rules.ts';
import { type GivenWeight, manualWeightOf } from './manual-weight.ts';
import { type MasterDataBook, masterDataRefusalOf } from './master-data-book.ts';
import { netRefusalOf } from './net-refusal.ts';
import { presetTareOn } from './preset-tare.ts';
import type { Refusal } from './refusal.ts';
import { type RegisterWeightParts, registerWeight, type Scale } from './register-weight.ts';
import { type TareRequest, usableTareOf } from './stored-tare.ts';
import { intervalOf, TARES_COMPARED, tareDriftOf } from './tare-drift.ts';
import { overloadOf, type TruckBook } from './truck-book.ts';
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
  /** Who delivers, as the request says; it goes before what is known of the truck. */
  provider?: string | undefined;
  /** Null where the request names none at all. */
  containers: readonly string[] | null;
  idempotency: Idempotency | null;
  /** A weight given by a person in place of the deck's; whoever asks has checked that they may. */
  manual?: GivenWeight | undefined;
  /** A weighing in of a truck that is inside: the earlier one counts no more, and stays readable. */
  force?: boolean | undefined;
  /** A single weighing that is only a look: the truck may be inside, and its session knows nothing of it. */
  purpose?: 'check' | undefined;
  /** A weighing out of a truck that was not weighed in, with the tare that is stored of it. */
  useStoredTare?: TareRequest | undefined;
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
    rules?: DeskRules;
    trucks?: TruckBook;
    /** Who delivers with a truck, where the site knows it. */
    providerOf?: (truck: string) => string | undefined;
    /** The cloud's lists. */
    masterData?: MasterDataBook;
    /** Chance in [0, 1), for inspections. */
    random?: () => number;
  },
): SessionDesk {
  const { rules = defaultDeskRules, trucks, masterData: lists } = parts;

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
    { truck, produce, provider, containers, idempotency, manual, force = false }: WeighRequest,
  ): WeighOutcome {
    if (truck === null) return refused({ code: 'truck_missing', direction: 'in' });
    const open = store.openSessionOf(truck);
    if (open !== undefined && !force)
      return refused({ code: 'session_open', truck, sessionId: open.sessionId });
    const masterData = lists?.usedFor(truck, []);
    const notListed = masterDataRefusalOf(truck, masterData, rules.masterData, false);
    if (notListed !== null) return refused(notListed);
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const limit = trucks?.legalGrossOf(truck);
    const over = overloadOf(truck, registration.weight.grossG, limit);
    if (over !== null) return refused(over);
    const facts = {
      masterData,
      sessionId: newSessionId(),
      truck,
      produce,
      provider: provider ?? parts.providerOf?.(truck),
      containers: distinct(containers),
      weight: registration.weight,
      supersedes: open?.sessionId,
      legalGrossG: limit?.legalGrossG,
      inspection: isInspected() ? (true as const) : undefined,
    };
    return recorded(store.recordIn(facts, idempotency));
  }

  function weighOut(scale: Scale, request: WeighRequest): WeighOutcome {
    const { truck, produce, provider, containers, idempotency, manual, useStoredTare } = request;
    if (truck === null) return refused({ code: 'truck_missing', direction: 'out' });
    const open = store.openSessionOf(truck);
    if (useStoredTare !== undefined) {
      if (open !== undefined) return refused({ code: 'session_open', truck, sessionId: open.sessionId });
      return weighOnce(scale, truck, request, useStoredTare);
    }
    if (open === undefined) return refused({ code: 'no_open_session', truck });
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const { weight } = registration;
    const limit = trucks?.legalGrossOf(truck);
    const over = overloadOf(open.truck, weight.grossG, limit);
    if (over !== null) return refused(over);
    const containersOut = containersOutOf(rules.containersAtOut, containers, open.first.containers);
    const second = { grossG: weight.grossG, containers: distinct(containersOut) };
    const tares = store.taresOf([...open.first.containers, ...second.containers]);
    const net = netOf(open.first, second, tares);
    const refusal = netRefusalOf(open.first, second, net, tares);
    if (refusal !== null) return refused(refusal);
    return recorded(
      store.recordOut(
        {
          sessionId: open.sessionId,
          truck: open.truck,
          produce: produce ?? open.produce,
          provider: provider ?? open.provider ?? parts.providerOf?.(open.truck),
          containers: second.containers,
          weight,
          first: open.first,
          tares,
          net,
          masterData: lists?.usedFor(open.truck, [...tares.keys()]),
          legalGrossG: limit?.legalGrossG,
          tareDrift: driftOf(scale, open.truck, net),
        },
        idempotency,
      ),
    );
  }

  function driftOf({ deck }: Scale, truck: string, net: Net): TareDrift | undefined {
    if (net.kind === 'pending' || trucks === undefined) return undefined;
    const recentG = trucks.recentTaresG(truck, TARES_COMPARED);
    return tareDriftOf(net.truckTareG, recentG, intervalOf(deck.rule.commissioned)) ?? undefined;
  }

  function weighOnce(
    scale: Scale,
    truck: string,
    { produce, provider, containers, idempotency, manual }: WeighRequest,
    asked: TareRequest,
  ): WeighOutcome {
    const usable = usableTareOf(truck, trucks?.tareOf(truck), rules.tares, asked, parts.clock.now());
    if (usable.kind === 'refused') return usable;
    const storedTare = tareOnScale(usable.storedTare, scale);
    if (storedTare.kind === 'refused') return storedTare;
    const masterData = lists?.usedFor(truck, distinct(containers));
    const notListed = masterDataRefusalOf(truck, masterData, rules.masterData, true);
    if (notListed !== null) return refused(notListed);
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const { weight } = registration;
    const limit = trucks?.legalGrossOf(truck);
    const over = overloadOf(truck, weight.grossG, limit);
    if (over !== null) return refused(over);
    const loaded = { grossG: weight.grossG, containers: distinct(containers) };
    const tares = store.taresOf(loaded.containers);
    const net = netOf(loaded, { grossG: storedTare.tareG, containers: [] }, tares);
    if (net.kind === 'pending') return refused({ code: 'tare_unknown', containers: net.waitingFor });
    if (net.netG < 0) {
      const [grossKg, tareKg] = [kgOf(weight.grossG), kgOf(weight.grossG - net.netG)];
      return refused({ code: 'tare_heavier', grossKg, tareKg });
    }
    const facts = {
      sessionId: newSessionId(),
      truck,
      produce,
      provider: provider ?? parts.providerOf?.(truck),
      containers: loaded.containers,
      weight,
      storedTare,
      tares,
      net,
      masterData,
      legalGrossG: limit?.legalGrossG,
      inspection: isInspected() ? (true as const) : undefined,
    };
    return recorded(store.recordOnePass(facts, idempotency));
  }

  function weighSingle(
    scale: Scale,
    { truck, produce, provider, containers, idempotency, manual, purpose }: WeighRequest,
  ): WeighOutcome {
    const open = truck === null ? undefined : store.openSessionOf(truck);
    if (open !== undefined && purpose !== 'check')
      return refused({ code: 'session_open', truck: open.truck, sessionId: open.sessionId });
    const registration = weightOf(scale, manual);
    if (registration.kind === 'refused') return registration;
    const facts = {
      sessionId: newSessionId(),
      truck,
      produce,
      provider: provider ?? (truck === null ? undefined : parts.providerOf?.(truck)),
      containers: distinct(containers),
      weight: registration.weight,
      purpose,
      masterData: lists?.usedFor(truck, []),
      // A single weighing is how an overload is found out: it is told and never refused.
      legalGrossG: truck === null ? undefined : trucks?.legalGrossOf(truck)?.legalGrossG,
    };
    return recorded(store.recordSingle(facts, idempotency));
  }

  const weightOf = (scale: Scale, manual: GivenWeight | undefined) =>
    manual === undefined ? registerWeight(scale, parts) : manualWeightOf(scale, manual, parts);

  const isInspected = () => (parts.random?.() ?? 1) * 1000 < rules.inspectionPerMille;

  const newSessionId = (): Uuid => parts.makeId();

  return { weigh };
}

/** A typed tare in the intervals of the scale it is used on; a weighed one is in those of its own. */
function tareOnScale(
  storedTare: StoredTare,
  { deck }: Scale,
): StoredTare | { kind: 'refused'; refusal: Refusal } {
  if (storedTare.kind === 'weighed') return storedTare;
  const typed = presetTareOn(storedTare.tareG, deck.rule);
  return typed.kind === 'refused' ? typed : { ...storedTare, tareG: typed.tareG };
}

function distinct(containers: readonly string[] | null): string[] {
  return [...new Set(containers)];
}

function refused(refusal: Refusal): WeighOutcome {
  return { kind: 'refused', refusal };
}

function recorded(entry: WeighingEntry): WeighOutcome {
  return { kind: 'recorded', entry, repeated: false };
}
