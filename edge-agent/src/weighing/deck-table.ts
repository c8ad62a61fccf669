/**
 * The deck as something occupied or empty.
 *
 * - `unknown`: no usable reading since the start
 * - `empty`: below the threshold
 * - `moving`: occupied, weight not stable
 * - `settled`: occupied and stable: a weight may be registered
 * - `registered`: this load is on record; only an empty deck ends it
 */
export type DeckState = 'unknown' | 'empty' | 'moving' | 'settled' | 'registered';

/**
 * `vacated`: below the threshold for as many readings as make a weight stable. `stirred`: not stable, no usable value,
 * or below for fewer. `stood`: above it and stable.
 */
export type DeckEvent = 'vacated' | 'stirred' | 'stood' | 'weight_registered';

/** Every state with every event; `-` marks what cannot happen and is a mistake of ours if it does. */
export const deckTable: Record<DeckState, Record<DeckEvent, DeckState | '-'>> = {
  unknown: { vacated: 'empty', stirred: 'moving', stood: 'settled', weight_registered: '-' },
  empty: { vacated: 'empty', stirred: 'moving', stood: 'settled', weight_registered: '-' },
  moving: { vacated: 'empty', stirred: 'moving', stood: 'settled', weight_registered: '-' },
  settled: { vacated: 'empty', stirred: 'moving', stood: 'settled', weight_registered: 'registered' },
  registered: { vacated: 'empty', stirred: 'registered', stood: 'registered', weight_registered: '-' },
};
