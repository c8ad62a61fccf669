import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { LineEvent } from '../line/kept-line.ts';
import { LineError } from '../line/line.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { indicatorOf } from './models.ts';
import { type FramedReading, readIndicator } from './read-indicator.ts';

const good = '022a30202031323334302020202020300d0d';
const badChecksum = '022a30202031323334302020202020300d0c';
const notANumber = '022a302020313233343a2020202020300d03';

async function readAll(events: LineEvent[]) {
  const clock = virtualClock();
  const readings: FramedReading[] = [];
  async function* happening() {
    for (const event of events) {
      yield event;
      await Promise.resolve();
    }
  }
  const indicator = indicatorOf({ model: 'mt-continuous' });
  const log = pino({ level: 'silent' });
  const reader = readIndicator(happening(), indicator, (reading) => readings.push(reading), { clock, log });
  await reader.done;
  return { readings, health: reader.health() };
}

const bytes = (hex: string): LineEvent => ({
  kind: 'bytes',
  bytes: Uint8Array.from(Buffer.from(hex, 'hex')),
});
const up: LineEvent = { kind: 'up', name: 'tcp 127.0.0.1:4001', write: async () => undefined };
const down: LineEvent = {
  kind: 'down',
  reason: new LineError('line_lost', 'the cable is out'),
  retryInMs: 250,
};

test('frames become readings with the frame they came from; bad ones are counted and never a weight', async () => {
  const { readings, health } = await readAll([up, bytes(`ff${good}${badChecksum}${notANumber}${good}`)]);
  expect(readings.map(({ reading }) => reading.value)).toEqual(['12340', '12340']);
  expect(readings.map(({ frame }) => Buffer.from(frame).toString('hex'))).toEqual([good, good]);
  expect(health).toMatchObject({ frames: 3, rejectedFrames: 1, discardedBytes: 19 });
});

test('a frame begun on a lost line is not finished with bytes of the next one', async () => {
  const { readings, health } = await readAll([
    up,
    bytes(good.slice(0, 20)),
    down,
    up,
    bytes(good.slice(20)),
    bytes(good),
  ]);
  expect(readings).toHaveLength(1);
  // The ten bytes held back and the eight that follow on the new line belong to no frame.
  expect(health.discardedBytes).toBe(18);
});

test('the health tells whether the line is up and why not, and shows what comes instead of frames', async () => {
  const lost = await readAll([up, bytes('40414243'), down]);
  expect(lost.health).toMatchObject({
    lineUp: false,
    lineName: 'tcp 127.0.0.1:4001',
    downReason: 'the cable is out',
    discardedBytes: 4,
    discardedSampleHex: '40414243',
  });
});

test('what a sink throws ends the reading loudly', async () => {
  async function* happening() {
    yield bytes(good);
  }
  const parts = { clock: virtualClock(), log: pino({ level: 'silent' }) };
  const indicator = indicatorOf({ model: 'mt-continuous' });
  const reader = readIndicator(
    happening(),
    indicator,
    () => {
      throw new Error('a mistake');
    },
    parts,
  );
  await expect(reader.done).rejects.toThrow('a mistake');
});
