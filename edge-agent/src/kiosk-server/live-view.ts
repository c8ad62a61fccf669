import { type Clock, kgOf } from '@weighgate/protocol';
import { GIVEN_UP_AFTER_MS, lineAdvice, lineStateOf } from '../indicator/line-state.ts';
import type { IndicatorReader } from '../indicator/read-indicator.ts';
import type { SensorView } from '../lane/position/position-sensors.ts';
import type { Scale } from '../weighing/register-weight.ts';

/** A scale together with what is known of its line. */
export interface WatchedScale extends Scale {
  reader: Pick<IndicatorReader, 'health'>;
  /** Its position sensors; undefined where there are none. */
  positionSensors?: (() => SensorView[]) | undefined;
}

/**
 * What a scale shows now. A weight older than the deck allows is stale, and a stale weight is no weight: the numbers
 * are null and `stale` is true, so that nobody keeps painting the last good value.
 */
export function liveView({ id, deck, reader, position }: WatchedScale, clock: Clock) {
  const { state, latest, grossG } = deck.view();
  const health = reader.health();
  const { lineUp, downReason } = health;
  const { staleAfterMs } = deck.rule;
  const lineState = lineStateOf(health, clock.monotonicMs(), {
    staleAfterMs,
    givenUpAfterMs: Math.max(staleAfterMs, GIVEN_UP_AFTER_MS),
  });
  const ageMs = latest === null ? null : Math.round(clock.monotonicMs() - latest.atMs);
  const stale = ageMs === null || ageMs > staleAfterMs;
  const reading = stale ? null : (latest?.reading ?? null);
  return {
    scale: id,
    lineUp,
    downReason,
    lineState,
    lineAdvice: lineAdvice(lineState, health),
    stale,
    ageMs,
    value: reading?.value ?? null,
    unit: reading?.unit ?? null,
    grossKg: stale || grossG === null ? null : kgOf(grossG),
    stable: reading?.stable ?? null,
    overload: reading?.overload ?? null,
    underload: reading?.underload ?? null,
    mode: reading?.mode ?? null,
    deck: stale ? 'unknown' : state,
    /** Null where there are no position sensors. */
    position: position?.() ?? null,
  };
}
