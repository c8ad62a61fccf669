import { expect, test } from 'vitest';
import { afterReading, sensorStateAt, unseenSensor } from './sensor-state.ts';

const rule = { debounceMs: 500, staleAfterMs: 1000 };

/** What a sensor says after these readings: `x` cut, `.` free, `?` not known, a tenth of a second apart. */
function stateAfter(readings: string, laterMs = 0) {
  let history = unseenSensor;
  for (const [index, reading] of [...readings].entries())
    history = afterReading(history, reading === '?' ? null : reading === 'x', 100 * index, rule);
  return sensorStateAt(history, 100 * (readings.length - 1) + laterMs, rule);
}

test.each([
  ['', 'unknown'],
  ['......', 'clear'],
  ['.....', 'cut'],
  ['......x', 'cut'],
  ['x......', 'clear'],
  ['......x.....', 'cut'],
  ['......x......', 'clear'],
  ['.x.x.x.x.x.x.', 'cut'],
  ['......?', 'unknown'],
  ['......?.', 'cut'],
  ['xxx?', 'unknown'],
] as const)('a sensor that showed %j is %s', (readings, state) => {
  expect(stateAfter(readings)).toBe(state);
});

test('an answer that is too old says nothing about now, whatever it said', () => {
  expect(stateAfter('......', 1000)).toBe('clear');
  expect(stateAfter('......', 1001)).toBe('unknown');
  expect(stateAfter('x', 1001)).toBe('unknown');
});

test('what lies between two answers far apart is not known: the time of being clear begins anew', () => {
  const first = afterReading(unseenSensor, false, 0, rule);
  const second = afterReading(first, false, 1001, rule);
  expect(sensorStateAt(second, 1001, rule)).toBe('cut');
  expect(sensorStateAt(second, 1501, rule)).toBe('clear');
});

test('a reading remembers when it was last cut, so that a sensor that never is can be seen', () => {
  const cut = afterReading(unseenSensor, true, 70, rule);
  expect(afterReading(cut, false, 90, rule).lastCutAtMs).toBe(70);
  expect(unseenSensor.lastCutAtMs).toBeNull();
});
