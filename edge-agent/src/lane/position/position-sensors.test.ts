import { expect, test } from 'vitest';
import { virtualClock } from '../../line/virtual-clock.ts';
import { type PositionSensorConfig, positionSensorsConfig } from './position-config.ts';
import { positionSensorsOf } from './position-sensors.ts';

function openSensors(changes: Partial<PositionSensorConfig>[] = [{}, {}]) {
  const clock = virtualClock();
  const named = changes.map((change, input) => ({ name: `beam ${input}`, module: 'io', input, ...change }));
  const sensors = positionSensorsOf(positionSensorsConfig.parse(named), () => 1000, clock);
  /** Shows these levels, or nothing, for a second. */
  const show = async (levels: readonly boolean[] | null, module = 'io') => {
    for (let index = 0; index < 10; index += 1) {
      await clock.advance(100);
      sensors.take(module, {
        levels,
        reason: levels === null ? 'no answer' : null,
        atMs: clock.monotonicMs(),
      });
    }
  };
  return { clock, sensors, show };
}

test('a truck stands wholly on the deck when all its sensors are clear', async () => {
  const { sensors, show } = openSensors();
  expect(sensors.position()).toEqual({ kind: 'unknown', sensor: 'beam 0', refuses: true });
  await show([true, true]);
  expect(sensors.position()).toEqual({ kind: 'clear' });
  await show([true, false]);
  expect(sensors.position()).toEqual({ kind: 'cut', sensor: 'beam 1' });
});

test('an input that is on means free at a normally closed contact, and cut at a normally open one', async () => {
  const { sensors, show } = openSensors([{ contact: 'normally_open' }]);
  await show([false]);
  expect(sensors.position()).toEqual({ kind: 'clear' });
  await show([true]);
  expect(sensors.position()).toEqual({ kind: 'cut', sensor: 'beam 0' });
});

test('a module that does not answer leaves its sensors unknown, with the reason', async () => {
  const { sensors, show } = openSensors();
  await show([true, true]);
  await show(null);
  expect(sensors.position()).toEqual({ kind: 'unknown', sensor: 'beam 0', refuses: true });
  expect(sensors.view()[0]).toMatchObject({ state: 'unknown', reason: 'no answer' });
});

test('a cut sensor goes before one that is not known, and one that refuses before one that is noted', async () => {
  const { sensors, show } = openSensors([
    { whenUnknown: 'note', module: 'other' },
    { module: 'third', input: 0 },
    { input: 0 },
  ]);
  await show([false]);
  expect(sensors.position()).toEqual({ kind: 'cut', sensor: 'beam 2' });
  await show([true]);
  expect(sensors.position()).toEqual({ kind: 'unknown', sensor: 'beam 1', refuses: true });
  await show([true], 'third');
  await show([true]);
  expect(sensors.position()).toEqual({ kind: 'unknown', sensor: 'beam 0', refuses: false });
});

test('an input the answer does not have is not known', async () => {
  const { sensors, show } = openSensors([{ input: 3 }]);
  await show([true]);
  expect(sensors.position()).toMatchObject({ kind: 'unknown' });
});
