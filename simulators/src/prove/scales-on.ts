import type { ScriptedDeck } from './scripted-deck.ts';

/** The name of the scale on the n-th deck, the first being 0. */
export function scaleIdOf(index: number): string {
  return `deck-${index + 1}`;
}

/** The scales of an agent's configuration, one on each deck; weights are stable as soon as the law lets them be. */
export function scalesOn(decks: readonly ScriptedDeck[]) {
  return decks.map(({ port }, index) => ({
    id: scaleIdOf(index),
    line: { kind: 'tcp', port },
    indicator: { model: 'mt-continuous' },
    shows: { unit: 'kg', interval: 20 },
    holdMs: 400,
  }));
}
