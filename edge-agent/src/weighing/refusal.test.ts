import { expect, test } from 'vitest';
import { type Refusal, refusalText } from './refusal.ts';

/** One of each; the type makes sure that none is forgotten. */
const refusals: { [C in Refusal['code']]: Extract<Refusal, { code: C }> } = {
  no_reading: { code: 'no_reading', ageMs: 2345 },
  not_stable: { code: 'not_stable' },
  below_threshold: { code: 'below_threshold', thresholdKg: 500 },
  overloaded: { code: 'overloaded' },
  underloaded: { code: 'underloaded' },
  above_maximum: { code: 'above_maximum', maxKg: 60_000 },
  not_gross: { code: 'not_gross' },
  unit_unknown: { code: 'unit_unknown' },
  unit_changed: { code: 'unit_changed', expected: 'kg', shown: 'lb' },
  interval_changed: { code: 'interval_changed', interval: '20', unit: 'kg', value: '1234.0' },
  not_recordable: { code: 'not_recordable' },
  already_registered: { code: 'already_registered' },
  session_open: { code: 'session_open', truck: '77-421-03', sessionId: 'x' },
  no_open_session: { code: 'no_open_session', truck: '77-421-03' },
  truck_missing: { code: 'truck_missing', direction: 'in' },
  negative_net: { code: 'negative_net', firstKg: 8000, secondKg: 15_000, netKg: -7000 },
  containers_heavier: { code: 'containers_heavier', secondKg: 800, truckTareKg: -350 },
  scale_missing: { code: 'scale_missing', known: ['north', 'south'] },
  unknown_scale: { code: 'unknown_scale', scaleId: 'west', known: ['north'] },
};

test.each(Object.values(refusals))('$code is said in sentences, with every number filled in', (refusal) => {
  const text = refusalText(refusal);
  expect(text).toMatch(/^[A-Z].*[.?]$/);
  expect(text).not.toMatch(/undefined|null|NaN|\[object/);
});

test('silence says how long it lasts, or that it always was', () => {
  expect(refusalText(refusals.no_reading)).toContain('2.3 s');
  expect(refusalText({ code: 'no_reading', ageMs: null })).toContain('no weight yet');
});

test('an indicator that says no unit any more is told apart from one that says another', () => {
  expect(refusalText(refusals.unit_changed)).toContain('shows lb');
  expect(refusalText({ ...refusals.unit_changed, shown: null })).toContain('shows no unit');
});
