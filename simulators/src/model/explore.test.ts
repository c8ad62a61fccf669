import { expect, test } from 'vitest';
import { explore, type Model } from './explore.ts';

/** A counter that may go up by one or double, to 20 at most, and in calm goes down to 0. */
function counter(parts: Partial<Model<number>> = {}): Model<number> {
  return {
    initial: 1,
    keyOf: String,
    calmKeyOf: String,
    stepsOf: (at) =>
      [
        { name: 'one more', state: at + 1 },
        { name: 'double', state: at * 2 },
      ].filter(({ state }) => state <= 20),
    violationIn: () => undefined,
    calmBeginningsOf: (at) => [{ name: 'calm', state: at }],
    calmStepOf: (at) => (at > 0 ? { name: 'one less', state: at - 1 } : undefined),
    violationAtRest: () => undefined,
    ...parts,
  };
}

test('everything that can happen is tried, each state once', () => {
  expect(explore(counter(), { maxStates: 100 })).toEqual({ kind: 'holds', states: 20, depth: 6 });
});

test('a violation is found by a shortest way to it', () => {
  const model = counter({ violationIn: (at) => (at === 9 ? 'nine' : undefined) });
  expect(explore(model, { maxStates: 100 })).toMatchObject({
    kind: 'violated',
    what: 'nine',
    trace: ['one more', 'double', 'double', 'one more'],
  });
});

test('what is wrong only when everything has come to rest is found, with the calm that led there', () => {
  const model = counter({
    calmStepOf: (at) => (at > 5 ? { name: 'one less', state: at - 1 } : undefined),
    violationAtRest: (at) => (at === 5 ? 'it rests at five' : undefined),
  });
  expect(explore(model, { maxStates: 100 })).toMatchObject({
    kind: 'violated',
    what: 'it rests at five',
    trace: ['one more', 'one more', 'double'],
    calm: ['calm', 'one less'],
  });
});

test('a world that never comes to rest is a violation', () => {
  const model = counter({ calmStepOf: (at) => ({ name: 'turn', state: at === 7 ? 8 : 7 }) });
  expect(explore(model, { maxStates: 100 })).toMatchObject({
    kind: 'violated',
    what: 'it never comes to rest although faults have stopped',
    trace: [],
    calm: ['calm', 'turn', 'turn', 'turn'],
  });
});

test('a search that reaches its bound does not say that all is well', () => {
  expect(explore(counter(), { maxStates: 10 })).toMatchObject({ kind: 'cut_short', states: 10 });
});
