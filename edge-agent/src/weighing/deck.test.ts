import { MAX_EVIDENCE_FRAMES } from '@weighgate/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Deck, type DeckRule, deckOf } from './deck.ts';
import { type ReadingFacts, readingOf } from './reading-facts.ts';
import { defaultStabilityRule } from './stability.ts';

const rule: DeckRule = {
  thresholdKg: 500,
  maxKg: 60_000,
  staleAfterMs: 1000,
  stability: defaultStabilityRule,
};

/** Feeds readings a tenth of a second apart. */
function feeder(deck: Deck) {
  let atMs = 0;
  return (value: string | null, count: number, facts: Partial<ReadingFacts> = {}) => {
    for (let index = 0; index < count; index += 1) {
      atMs += 100;
      deck.read(readingOf({ atMs, value, ...facts }));
    }
    return deck.view().state;
  };
}

describe('a deck', () => {
  test('a truck drives on, settles, is registered once and leaves', () => {
    const deck = deckOf(rule, false);
    const changes: boolean[] = [];
    deck.onRegisteredChange((registered) => changes.push(registered));
    const feed = feeder(deck);
    expect(deck.view().state).toBe('unknown');
    expect(feed('0', 5)).toBe('empty');
    expect(feed('8000', 3, { stable: false })).toBe('moving');
    expect(feed('15000', 6)).toBe('settled');
    deck.markRegistered();
    expect(feed('15000', 5)).toBe('registered');
    expect(feed('15020', 20)).toBe('registered');
    expect(() => deck.markRegistered()).toThrow(/cannot have weight_registered/);
    expect(feed('0', 5)).toBe('empty');
    expect(changes).toEqual([true, false]);
  });

  test('a truck that never leaves the deck is registered once, even if one frame says it was gone', () => {
    const deck = deckOf(rule, false);
    const feed = feeder(deck);
    feed('15000', 6);
    deck.markRegistered();
    for (const glitch of ['0', '-20', '15', '499']) {
      expect(feed(glitch, 2)).toBe('registered');
      expect(feed('15000', 10)).toBe('registered');
    }
    expect(feed('0', 3)).toBe('empty');
  });

  test('one that was registered before the agent stopped stays so until the deck is seen empty', () => {
    const deck = deckOf(rule, true);
    const feed = feeder(deck);
    expect(feed('15000', 10)).toBe('registered');
    expect(feed('0', 3)).toBe('empty');
  });

  test.each([
    ['no value', { value: null, outOfRange: true, overload: true, stable: false }],
    ['an unknown unit', { unit: null }],
    ['net', { mode: 'net' }],
    ['a tare', { mode: 'tare' }],
    ['ten times finer steps', { expandedX10: true }],
  ] as const)('that shows %s says nothing about who is on it: it is never empty', (_what, facts) => {
    const deck = deckOf(rule, true);
    expect(feeder(deck)('0', 10, facts)).toBe('registered');
    const fresh = deckOf(rule, false);
    expect(feeder(fresh)('0', 10, facts)).toBe('moving');
    expect(fresh.view().grossG).toBeNull();
  });

  test('that shows less than zero is empty', () => {
    const deck = deckOf(rule, true);
    const under = { underload: true, outOfRange: true, stable: false } as const;
    expect(feeder(deck)(null, 3, under)).toBe('empty');
  });

  test('that shows more tonnes than a mass can be has no weight, and the agent goes on', () => {
    const deck = deckOf(rule, false);
    expect(feeder(deck)('999999', 10, { unit: 't' })).toBe('moving');
    expect(deck.view().grossG).toBeNull();
  });

  test('keeps the latest frames as evidence, oldest first and no more than an entry may hold', () => {
    const deck = deckOf(rule, false);
    feeder(deck)('15000', 100);
    const evidence = deck.evidence(10_050);
    expect(evidence).toHaveLength(MAX_EVIDENCE_FRAMES);
    expect(evidence.at(-1)).toEqual({ agoMs: 50, hex: Buffer.from('15000').toString('hex') });
    expect(evidence[0]?.agoMs).toBe(50 + 63 * 100);
  });

  test('has evidence from the empty deck on, and none of the truck before', () => {
    const deck = deckOf(rule, false);
    const feed = feeder(deck);
    feed('23000', 6);
    feed('0', 20);
    feed('15000', 6);
    const shown = deck.evidence(10_000).map(({ hex }) => Buffer.from(hex, 'hex').toString());
    expect(shown).toEqual(['0', '0', '0', '15000', '15000', '15000', '15000', '15000', '15000']);
  });

  test('is at the threshold with a truck and one gram below it without', () => {
    expect(feeder(deckOf(rule, false))('500', 6)).toBe('settled');
    expect(feeder(deckOf(rule, false))('499.999', 6)).toBe('empty');
  });

  test('registers at most once between two times it showed less than a truck, whatever is read', () => {
    const reading = fc.record({
      value: fc.constantFrom('0', '100', '15000', '15000', '15000', '15020', null),
      stable: fc.constantFrom(true, true, true, false, null),
      unit: fc.constantFrom('kg' as const, 'kg' as const, null),
      mode: fc.constantFrom('gross' as const, 'gross' as const, 'net' as const),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(reading, fc.integer({ min: 1, max: 8 })), { maxLength: 60 }),
        (script) => {
          const deck = deckOf(rule, false);
          const feed = feeder(deck);
          let [onRecord, lowInARow] = [false, 0];
          for (const [facts, count] of script) {
            for (let index = 0; index < count; index += 1) {
              feed(facts.value, 1, facts);
              const low =
                facts.value !== null &&
                Number(facts.value) < 500 &&
                facts.unit !== null &&
                facts.mode === 'gross';
              lowInARow = low ? lowInARow + 1 : 0;
              if (lowInARow >= 3) onRecord = false;
              if (deck.view().state !== 'settled') continue;
              expect(onRecord).toBe(false);
              deck.markRegistered();
              onRecord = true;
            }
          }
        },
      ),
    );
  });
});
