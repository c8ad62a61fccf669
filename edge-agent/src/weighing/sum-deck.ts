import { kgOf } from '@weighgate/protocol';
import type { FramedReading } from '../indicator/read-indicator.ts';
import type { Reading } from '../indicator/reading.ts';
import { type Deck, type DeckRule, type DeckView, deckOf } from './deck.ts';
import { defaultStabilityRule } from './stability.ts';

/** Several decks under one truck, seen as one. */
export interface SumDeck extends Deck {
  /** To be called after each reading of a part. */
  update(): void;
}

/**
 * The sum of several decks. It is stable only while every part is stable and fresh; its time is that of its oldest
 * part. A load that is registered on the sum is registered on its parts, and the other way round.
 * @param registeredBefore whether the load on it was registered before the agent last stopped
 */
export function sumDeckOf(
  rule: Pick<DeckRule, 'thresholdKg' | 'maxKg' | 'minKg' | 'zeroBandKg'>,
  parts: readonly Deck[],
  registeredBefore: boolean,
): SumDeck {
  const staleAfterMs = Math.max(...parts.map((part) => part.rule.staleAfterMs));
  // Every part has already stood still for its own time.
  const stability = { ...defaultStabilityRule, holdMs: 0 };
  const deck = deckOf({ ...rule, staleAfterMs, stability }, registeredBefore);

  function view(): DeckView {
    const sum = deck.view();
    const partViews = parts.map((part) => part.view());
    const isDerived = partViews.some((part) => part.stability === 'derived');
    const isRegistered = sum.state === 'settled' && partViews.some(({ state }) => state === 'registered');
    return {
      ...sum,
      state: isRegistered ? 'registered' : sum.state,
      returnedToZero: sum.returnedToZero && partViews.every((part) => part.returnedToZero),
      stability: sum.stability !== null && isDerived ? 'derived' : sum.stability,
    };
  }

  return {
    ...deck,
    view,
    update: () => {
      const reading = sumReading(parts, staleAfterMs);
      if (reading !== null) deck.read(reading);
    },
    // The frames are those of the parts.
    evidence: () => [],
    markRegistered: () => {
      deck.markRegistered();
      for (const part of parts) if (part.view().state === 'settled') part.markRegistered();
    },
  };
}

/** What the parts show together; null until each has shown something. */
function sumReading(parts: readonly Deck[], staleAfterMs: number): FramedReading | null {
  const views = parts.map((part) => part.view());
  const latest = views.flatMap((view) => (view.latest === null ? [] : [view.latest]));
  if (latest.length < parts.length) return null;
  const readings = latest.map(({ reading }) => reading);
  const times = latest.map(({ atMs }) => atMs);
  const [oldestMs, newestMs] = [Math.min(...times), Math.max(...times)];
  const masses = views.flatMap(({ grossG }) => (grossG === null ? [] : [grossG]));
  const isUsable = masses.length === parts.length && newestMs - oldestMs <= staleAfterMs;
  const grossG = masses.reduce((sum, mass) => sum + mass, 0);
  const any = (is: (reading: Reading) => boolean | undefined) => readings.some((reading) => is(reading));
  return {
    atMs: oldestMs,
    frame: new Uint8Array(0),
    reading: {
      value: isUsable ? String(kgOf(grossG)) : null,
      unit: any(({ unit }) => unit === null) ? null : 'kg',
      stable: isUsable && views.every(({ stability }) => stability !== null),
      overload: any(({ overload }) => overload === true),
      underload: any(({ underload }) => underload === true),
      mode: any(({ mode }) => mode === 'net' || mode === 'tare') ? 'net' : 'gross',
      zero: null,
      ...(any(({ outOfRange }) => outOfRange) ? { outOfRange: true as const } : {}),
      ...(any(({ expandedX10 }) => expandedX10) ? { expandedX10: true } : {}),
      ...(any(({ notZeroedSincePowerUp }) => notZeroedSincePowerUp) ? { notZeroedSincePowerUp: true } : {}),
    },
  };
}
