import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { LineEvent } from '../line/kept-line.ts';
import { memoryLinePair } from '../line/memory-line.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { indicatorCommander } from './command-indicator.ts';
import { exchangeOver } from './exchange.ts';
import { indicatorOf } from './models.ts';
import { readIndicator } from './read-indicator.ts';
import type { Reading } from './reading.ts';

const frame = Buffer.from('022a30202031323334302020202020300d0d', 'hex');
const log = pino({ level: 'silent' });
const reading: Reading = {
  value: '12340',
  unit: 'kg',
  stable: true,
  overload: false,
  underload: false,
  mode: 'gross',
  zero: null,
};

async function commander() {
  const clock = virtualClock();
  const { near, far } = memoryLinePair();
  const stop = new AbortController();
  async function* events(): AsyncGenerator<LineEvent> {
    yield { kind: 'up', name: near.name, write: near.write };
    for await (const bytes of near) yield { kind: 'bytes', bytes };
  }
  const indicator = indicatorOf({ model: 'mt-continuous' });
  const reader = readIndicator(events(), indicator, () => undefined, { clock, log });
  const exchange = exchangeOver(reader, clock);
  const scaleNow = () => ({ reading, isStable: true, maxKg: 60_000 });
  const { command } = indicatorCommander(indicator, reader, exchange, scaleNow, clock);
  await clock.advance(0);
  return {
    clock,
    near,
    far,
    stop,
    send: (name: 'print' | 'tare') => command(name, stop.signal),
    end: async () => {
      await near.close();
      await reader.done;
      expect(clock.sleepers()).toBe(0);
    },
  };
}

test('a command after which nothing comes has timed out after 5 s', async () => {
  const { clock, send, end } = await commander();
  const sending = send('print');
  await clock.advance(5_000);
  expect(await sending).toMatchObject({ record: { outcome: 'timeout', bytesHex: '50' } });
  await end();
});

test('a command after which the weight goes on and nothing shows its effect is unconfirmed', async () => {
  const { clock, far, send, end } = await commander();
  const sending = send('print');
  for (let second = 0; second < 5; second += 1) {
    await far.write(frame);
    await clock.advance(1_000);
  }
  expect(await sending).toMatchObject({ record: { outcome: 'unconfirmed' } });
  await end();
});

test('while one is in flight, and for half a second after it, another is refused and not sent', async () => {
  const { clock, send, end } = await commander();
  const sending = send('print');
  await clock.advance(10);
  expect(await send('tare')).toMatchObject({ kind: 'busy' });
  await clock.advance(5_000);
  await sending;
  await clock.advance(400);
  expect(await send('tare')).toMatchObject({ kind: 'busy' });
  await clock.advance(100);
  const next = send('tare');
  await clock.advance(5_000);
  expect(await next).toMatchObject({ kind: 'recorded' });
  await end();
});

test('on a line that takes no bytes it is refused, and nothing counts as sent', async () => {
  const { near, clock, send } = await commander();
  await near.close();
  await clock.advance(0);
  expect(await send('print')).toMatchObject({
    record: { outcome: 'refused', bytesHex: '', detail: expect.stringContaining('took no bytes') },
  });
});

test('is on record as unconfirmed when the agent stops before an answer', async () => {
  const { clock, stop, send, end } = await commander();
  const sending = send('print');
  await clock.advance(100);
  stop.abort();
  expect(await sending).toMatchObject({ record: { outcome: 'unconfirmed', bytesHex: '50' } });
  await end();
});
