import assert from 'node:assert/strict';
import { type EvidenceFrame, gramsOf, kgOf, MAX_EVIDENCE_FRAMES } from '@weighgate/protocol';
import type { FramedReading } from '../indicator/read-indicator.ts';
import type { CommissionedIndication } from './commissioned-indication.ts';
import { type DeckEvent, type DeckState, deckTable } from './deck-table.ts';
import { extendRun, type Run, type StabilityRule, stabilityOf } from './stability.ts';

/** The numbers of one deck. */
export interface DeckRule {
  /** At this weight and above a truck is on the deck, in kg. */
  thresholdKg: number;
  /** Max of the instrument, in kg; nothing above it is registered. */
  maxKg: number;
  /** Min of the instrument, in kg; nothing below it is registered. */
  minKg?: number | undefined;
  /** Within this much of zero, in kg, the empty deck counts as returned to zero; undefined where that is not asked. */
  zeroBandKg?: number | undefined;
  /** A reading older than this is not the present weight, in ms. */
  staleAfterMs: number;
  stability: StabilityRule;
  /** What the indicator was commissioned to show; undefined while nobody has said so. */
  commissioned?: CommissionedIndication | undefined;
}

/** What the deck shows now. Immutable: a new one for every reading. */
export interface DeckView {
  state: DeckState;
  latest: FramedReading | null;
  /** The latest gross in grams; null when there is no usable value, its unit is unknown, or it is beyond all reason. */
  grossG: number | null;
  run: Run | null;
  stability: 'indicator' | 'derived' | null;
  /** Whether the empty deck was last seen at zero, after the truck before. */
  returnedToZero: boolean;
}

export interface Deck {
  readonly rule: DeckRule;
  /** Takes the next reading. */
  read(reading: FramedReading): DeckView;
  view(): DeckView;
  /** The frames that led to the present weight, oldest first. @param nowMs monotonic */
  evidence(nowMs: number): EvidenceFrame[];
  /** Marks the present load as registered. Only legal when settled. */
  markRegistered(): void;
  /** Nobody watched for a while: the deck has to be seen at zero before what stands on it is weighed. */
  lookAway(): void;
  /** Called with true when a load is registered, with false when the deck is empty, and at zero, after that. */
  onRegisteredChange(listener: (registered: boolean) => void): void;
}

/**
 * Follows one deck through its table.
 * @param registeredBefore whether the load on the deck was registered before the agent last stopped
 */
export function deckOf(rule: DeckRule, registeredBefore: boolean): Deck {
  let view: DeckView = {
    state: registeredBefore ? 'registered' : 'unknown',
    latest: null,
    grossG: null,
    run: null,
    stability: null,
    returnedToZero: !registeredBefore,
  };
  const frames: FramedReading[] = [];
  let lowReadings = 0;
  let zeroReadings = 0;
  let negativeReadings = 0;
  const listeners: ((registered: boolean) => void)[] = [];

  function take(event: DeckEvent): DeckState {
    const next = deckTable[view.state][event];
    assert(next !== '-', `a deck that is ${view.state} cannot have ${event}`);
    return next;
  }

  /** Shows what is new, and tells when a load has become the registered one, or is one no more. */
  function show(next: DeckView): DeckView {
    const wasRegistered = isOnRecord(view);
    view = next;
    const isRegistered = isOnRecord(view);
    if (wasRegistered !== isRegistered) for (const listener of listeners) listener(isRegistered);
    return view;
  }

  function read(latest: FramedReading): DeckView {
    frames.push(latest);
    if (frames.length > MAX_EVIDENCE_FRAMES) frames.shift();
    const grossG = usableGrossG(latest);
    const run = extendRun(view.run, latest, grossG, rule.stability);
    const stability = stabilityOf(run, rule.stability);
    lowReadings = isLow(latest, grossG, rule) ? lowReadings + 1 : 0;
    const event = eventOf();
    // Evidence of a weight begins with the empty deck before it, not with the truck before that.
    if (event === 'vacated') frames.splice(0, frames.length - rule.stability.minReadings);
    const returnedToZero = returnsToZero(grossG);
    return show({ state: take(event), latest, grossG, run, stability, returnedToZero });

    function eventOf(): DeckEvent {
      // As many low readings in a row as make a weight stable: one damaged frame must not free a deck for the same load.
      if (lowReadings > 0) return lowReadings >= rule.stability.minReadings ? 'vacated' : 'stirred';
      return grossG === null || stability === null ? 'stirred' : 'stood';
    }
  }

  /** The empty deck stands at zero, or shows less: then the zero was set with a load on it. */
  function returnsToZero(grossG: number | null): boolean {
    const { zeroBandKg, stability } = rule;
    if (zeroBandKg === undefined) return true;
    const isAtZero = grossG !== null && Math.abs(kgOf(grossG)) <= zeroBandKg;
    zeroReadings = isAtZero ? zeroReadings + 1 : 0;
    negativeReadings = grossG !== null && kgOf(grossG) < -zeroBandKg ? negativeReadings + 1 : 0;
    if (zeroReadings >= stability.minReadings) return true;
    return negativeReadings >= stability.minReadings ? false : view.returnedToZero;
  }

  return {
    rule,
    read,
    view: () => view,
    evidence: (nowMs) =>
      frames.map(({ frame, atMs }) => ({
        agoMs: Math.max(0, Math.round(nowMs - atMs)),
        hex: Buffer.from(frame).toString('hex'),
      })),
    markRegistered: () => {
      const returnedToZero = rule.zeroBandKg === undefined;
      show({ ...view, state: take('weight_registered'), returnedToZero });
    },
    lookAway: () => {
      frames.length = 0;
      [lowReadings, zeroReadings, negativeReadings] = [0, 0, 0];
      show({ ...view, run: null, stability: null, returnedToZero: rule.zeroBandKg === undefined });
    },
    onRegisteredChange: (listener) => {
      listeners.push(listener);
    },
  };
}

/** Whether the last load on record may still be weighed again: it has not left, or the deck not returned to zero. */
function isOnRecord({ state, returnedToZero }: DeckView): boolean {
  return state === 'registered' || !returnedToZero;
}

/**
 * Whether a reading shows less than a truck. An unknown unit or an unusable value says nothing about who stands on the
 * deck, so it never does; underload does: there is less than nothing on it.
 */
function isLow({ reading }: FramedReading, grossG: number | null, rule: DeckRule): boolean {
  return reading.underload === true || (grossG !== null && kgOf(grossG) < rule.thresholdKg);
}

/** Gross in grams. A net or tare indication hides what stands on the deck, so it yields null. */
function usableGrossG({ reading }: FramedReading): number | null {
  if (reading.value === null || reading.unit === null || reading.expandedX10) return null;
  if (reading.mode === 'net' || reading.mode === 'tare') return null;
  // Six digits of tonnes are more than a mass may be here: an indicator set wrong, and no reason to stop.
  try {
    return gramsOf(reading.value, reading.unit);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
