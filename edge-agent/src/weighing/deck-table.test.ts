import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DeckEvent, type DeckState, deckTable } from './deck-table.ts';

const states = ['unknown', 'empty', 'moving', 'settled', 'registered'] as const satisfies DeckState[];
const events = ['vacated', 'stirred', 'stood', 'weight_registered'] as const satisfies DeckEvent[];

describe('the table of the deck', () => {
  test('has an answer for every state with every event and no other', () => {
    expect(Object.keys(deckTable).sort()).toEqual([...states].sort());
    for (const state of states) {
      expect(Object.keys(deckTable[state]).sort()).toEqual([...events].sort());
      for (const event of events) expect([...states, '-']).toContain(deckTable[state][event]);
    }
  });

  test('registers a load at most once between two vacancies, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 200 }), (happening) => {
        let state: DeckState = 'unknown';
        // The oracle knows one thing only: whether this load is on record.
        let onRecord = false;
        for (const event of happening) {
          const next: DeckState | '-' = deckTable[state][event];
          if (event === 'weight_registered' && onRecord) expect(next).toBe('-');
          if (next === '-') continue;
          if (event === 'vacated') onRecord = false;
          if (event === 'weight_registered') onRecord = true;
          state = next;
          expect(state === 'registered').toBe(onRecord);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('lets a weight be registered from settled alone', () => {
    const from = states.filter((state) => deckTable[state].weight_registered !== '-');
    expect(from).toEqual(['settled']);
  });
});
