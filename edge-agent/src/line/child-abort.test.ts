import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { childAbort } from './child-abort.ts';

test('a child is aborted with its parent, for the same reason', () => {
  const parent = new AbortController();
  using child = childAbort(parent.signal);
  const reason = new Error('the agent stops');
  parent.abort(reason);
  expect(child.signal.reason).toBe(reason);
});

test('a child of an aborted parent is aborted from the start', () => {
  const reason = new Error('the agent stops');
  using child = childAbort(AbortSignal.abort(reason));
  expect(child.signal.reason).toBe(reason);
});

test('aborting a child leaves the parent alone and takes its listener away', () => {
  const parent = new AbortController();
  for (let round = 0; round < 1000; round += 1) {
    using child = childAbort(parent.signal);
    if (round % 2 === 0) child.abort(new Error('this attempt only'));
  }
  expect(parent.signal.aborted).toBe(false);
  expect(getEventListeners(parent.signal, 'abort')).toHaveLength(0);
});
