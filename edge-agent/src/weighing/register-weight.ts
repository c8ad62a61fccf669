import {
  type Clock,
  evidenceRunsOf,
  isoInstant,
  kgOf,
  type MakeId,
  type RegisteredWeight,
} from '@weighgate/protocol';
import type { Indicator } from '../indicator/indicator.ts';
import { alibiPart } from './alibi-part.ts';
import { changeOf } from './commissioned-indication.ts';
import type { Deck, DeckRule, DeckView } from './deck.ts';
import { indicationOf } from './indication.ts';
import { instrumentOf } from './instrument.ts';
import { type Position, positionRefusalOf } from './position.ts';
import type { Refusal } from './refusal.ts';
import { weightPartsOf } from './weight-parts.ts';

/** One scale as the desk sees it. */
export interface Scale {
  id: string;
  deck: Deck;
  indicator: Pick<Indicator, 'model' | 'options'>;
  /** Where the truck stands by the position sensors; undefined where there are none. */
  position?: (() => Position) | undefined;
  /** The scales whose decks a sum deck adds up. */
  parts?: readonly Scale[];
  /** Of the instrument, as on its plate; undefined where nobody has said. */
  serialNo?: string | undefined;
  /** The number under which its indicator keeps what stands on the deck; undefined where that is not asked for. */
  alibiId?: (() => string | null) | undefined;
}

/** A weight fixed for the record, or why it could not be. */
export type Registration =
  | { kind: 'registered'; weight: RegisteredWeight }
  | { kind: 'refused'; refusal: Refusal };

export interface RegisterWeightParts {
  clock: Clock;
  makeId: MakeId;
  /** Version and digest of this software, to stand with every weight. */
  software?: string | undefined;
}

/** Fixes what is stable on the deck now, with the frames it came from. Refuses rather than guesses. */
export function registerWeight(scale: Scale, { clock, makeId, software }: RegisterWeightParts): Registration {
  const { id, deck, indicator, parts: scales, serialNo } = scale;
  const nowMs = clock.monotonicMs();
  const view = deck.view();
  const position = scale.position?.();
  const refusal = gateOf(view, deck.rule, position, nowMs) ?? alibiRefusalOf(scale);
  if (refusal !== null) return { kind: 'refused', refusal };
  const { grossG, stability, latest } = view;
  if (
    grossG === null ||
    stability === null ||
    latest?.reading.value == null ||
    latest.reading.unit === null
  ) {
    return { kind: 'refused', refusal: { code: 'not_stable' } };
  }
  const parts = scales === undefined ? undefined : weightPartsOf(scales, nowMs);
  if (parts === null) return { kind: 'refused', refusal: { code: 'not_stable' } };
  return {
    kind: 'registered',
    weight: {
      weightId: makeId(),
      scaleId: id,
      grossG,
      indication: indicationOf(latest.reading.value, latest.reading.unit, latest.reading),
      stability,
      indicator: { model: indicator.model, options: indicator.options },
      registeredAt: isoInstant(clock.now()),
      frames: evidenceRunsOf(deck.evidence(nowMs)),
      instrument: instrumentOf(serialNo, deck.rule),
      ...alibiPart(scale),
      ...(software === undefined ? {} : { software }),
      ...(parts === undefined ? {} : { parts }),
      ...(position === undefined ? {} : { position: position.kind === 'clear' ? 'clear' : 'unknown' }),
    },
  };
}

/** Where the indicator is to keep every weight, none is registered before it has. */
function alibiRefusalOf({ alibiId, parts = [] }: Scale): Refusal | null {
  const asked = [alibiId, ...parts.map((part) => part.alibiId)];
  return asked.some((one) => one?.() === null) ? { code: 'alibi_missing' } : null;
}

/** The first reason not to register, in the order a person would look for it; null when there is none. */
function gateOf(
  { state, latest, grossG, returnedToZero }: DeckView,
  rule: DeckRule,
  position: Position | undefined,
  nowMs: number,
): Refusal | null {
  const { minKg = 0, maxKg, thresholdKg, zeroBandKg = 0 } = rule;
  if (latest === null) return { code: 'no_reading', ageMs: null };
  const ageMs = nowMs - latest.atMs;
  if (ageMs > rule.staleAfterMs) return { code: 'no_reading', ageMs: Math.round(ageMs) };
  const { reading } = latest;
  if (reading.overload === true) return { code: 'overloaded' };
  if (reading.underload === true) return { code: 'underloaded' };
  if (reading.outOfRange) return { code: 'overloaded' };
  if (reading.mode === 'net' || reading.mode === 'tare') return { code: 'not_gross' };
  const change = rule.commissioned === undefined ? null : changeOf(reading, rule.commissioned);
  if (change !== null) return change;
  if (reading.unit === null) return { code: 'unit_unknown' };
  if (reading.expandedX10 || reading.notZeroedSincePowerUp || reading.hold || reading.highResolution)
    return { code: 'not_recordable' };
  if (reading.value !== null && grossG === null) return { code: 'above_maximum', maxKg };
  if (state === 'registered') return { code: 'already_registered' };
  if (state === 'empty') return { code: 'below_threshold', thresholdKg };
  if (!returnedToZero) return { code: 'no_zero_since_last_truck', zeroBandKg };
  const misplaced = position === undefined ? null : positionRefusalOf(position);
  if (misplaced !== null) return misplaced;
  if (state !== 'settled') return { code: 'not_stable' };
  if (grossG !== null && kgOf(grossG) > maxKg) return { code: 'above_maximum', maxKg };
  if (grossG !== null && kgOf(grossG) < minKg) return { code: 'below_minimum', minKg };
  return null;
}
