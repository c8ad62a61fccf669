import { isoInstant } from '@weighgate/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { virtualClock } from '../line/virtual-clock.ts';
import { cloudClock } from './cloud-clock.ts';

test('a cloud whose clock is a day off raises one alarm, sets nothing, and another when it is right again (C06)', async () => {
  const clock = virtualClock(Date.UTC(2026, 5, 1));
  const alarms: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void alarms.push(JSON.parse(line).msg) });
  const compare = cloudClock({ clock, log });
  const hear = (aheadMs: number) => compare(isoInstant(clock.now() + aheadMs));

  hear(4 * 60_000);
  expect(alarms).toEqual([]);
  hear(86_400_000);
  await clock.advance(900_000);
  hear(86_400_000);
  expect(alarms).toEqual(['clock.disagrees']);
  expect(clock.now()).toBe(Date.UTC(2026, 5, 1) + 900_000);
  hear(0);
  expect(alarms).toEqual(['clock.disagrees', 'clock.agrees']);
  hear(-6 * 60_000);
  expect(alarms).toEqual(['clock.disagrees', 'clock.agrees', 'clock.disagrees']);
});
