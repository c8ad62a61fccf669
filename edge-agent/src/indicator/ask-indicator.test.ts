import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { keepLine } from '../line/kept-line.ts';
import type { Line } from '../line/line.ts';
import { memoryLinePair } from '../line/memory-line.ts';
import { virtualClock } from '../line/virtual-clock.ts';
import { askIndicator } from './ask-indicator.ts';
import { exchangeOver } from './exchange.ts';
import { indicatorOf } from './models.ts';
import { readIndicator } from './read-indicator.ts';

const frame = Buffer.from('022a30202031323334302020202020300d0d', 'hex');
const enquiry = Buffer.from('S');
const log = pino({ level: 'silent' });
const rule = { intervalMs: 200, timeoutMs: 500 };

/** An indicator that answers each question after a while; `answerAfterMs` null lets it be mute. */
function demandMode(answerAfterMs: () => number | null) {
  const clock = virtualClock();
  const stop = new AbortController();
  const questions: number[] = [];
  const devices: Line[] = [];
  let unanswered = 0;
  let most = 0;
  async function device(far: Line): Promise<void> {
    for await (const bytes of far) {
      for (const _ of bytes) {
        questions.push(clock.monotonicMs());
        unanswered += 1;
        most = Math.max(most, unanswered);
        const afterMs = answerAfterMs();
        if (afterMs === null) continue;
        void clock.sleep(afterMs).then(async () => {
          unanswered -= 1;
          await far.write(frame).catch(() => undefined);
        });
      }
    }
  }
  const keepRule = { retryMinMs: 250, retryMaxMs: 3_000, openTimeoutMs: 5_000, silenceMs: 60_000 };
  const open = async () => {
    const { near, far } = memoryLinePair();
    devices.push(far);
    void device(far).catch(() => undefined);
    return near;
  };
  const events = keepLine(open, keepRule, { clock, random: () => 0.5, log }, stop.signal);
  let readings = 0;
  const reader = readIndicator(
    events,
    indicatorOf({ model: 'mt-continuous' }),
    () => {
      readings += 1;
    },
    { clock, log },
  );
  const exchange = exchangeOver(reader, clock);
  const asking = askIndicator(exchange, reader.health, enquiry, rule, { clock, log }, stop.signal);
  return {
    clock,
    questions,
    devices,
    exchange,
    asking,
    readings: () => readings,
    mostUnanswered: () => most,
    end: async () => {
      stop.abort();
      await Promise.all([asking.done, reader.done]);
      // What the device had still to say.
      await clock.advance(600);
      expect(clock.sleepers()).toBe(0);
    },
  };
}

describe('an indicator that sends only when it is asked', () => {
  test('is asked five times a second and read', async () => {
    const scale = demandMode(() => 30);
    await scale.clock.advance(2_000);
    expect(scale.readings()).toBeGreaterThanOrEqual(9);
    expect(scale.readings()).toBeLessThanOrEqual(10);
    expect(scale.asking.counts()).toMatchObject({ timeouts: 0 });
    await scale.end();
  });

  test('that is slow is asked again only after it has answered', async () => {
    const scale = demandMode(() => 450);
    await scale.clock.advance(4_500);
    expect(scale.mostUnanswered()).toBe(1);
    expect(scale.readings()).toBeGreaterThanOrEqual(9);
    expect(scale.asking.counts().timeouts).toBe(0);
    await scale.end();
  });

  test('that misses a question is asked again after the timeout, and the timeout is counted', async () => {
    let asked = 0;
    const scale = demandMode(() => {
      asked += 1;
      return asked === 2 ? null : 10;
    });
    await scale.clock.advance(1_500);
    expect(scale.asking.counts().timeouts).toBe(1);
    const [, second = 0, third = 0] = scale.questions;
    expect(third - second).toBe(500);
    await scale.end();
  });

  test('that sends more than it was asked for has those bytes counted', async () => {
    const scale = demandMode(() => 10);
    await scale.clock.advance(100);
    expect(scale.exchange.unaskedBytes()).toBe(0);
    await scale.devices[0]?.write(frame);
    await scale.clock.advance(20);
    expect(scale.exchange.unaskedBytes()).toBe(frame.length);
    await scale.end();
  });

  test('whose line is cut is asked again on the next one', async () => {
    const scale = demandMode(() => 10);
    await scale.clock.advance(1_000);
    const before = scale.readings();
    await scale.devices[0]?.close();
    await scale.clock.advance(3_000);
    expect(scale.devices.length).toBeGreaterThan(1);
    expect(scale.readings()).toBeGreaterThan(before + 5);
    await scale.end();
  });
});

test('of two questions at once the second is sent when the first is over', async () => {
  const clock = virtualClock();
  const { near, far } = memoryLinePair();
  const stop = new AbortController();
  async function* events() {
    yield { kind: 'up', name: near.name, write: near.write } as const;
    for await (const bytes of near) yield { kind: 'bytes', bytes } as const;
  }
  const indicator = indicatorOf({ model: 'mt-continuous' });
  const reader = readIndicator(events(), indicator, () => undefined, { clock, log });
  const exchange = exchangeOver(reader, clock);
  await clock.advance(0);
  const chunks = far[Symbol.asyncIterator]();
  const first = exchange.ask(Buffer.from('Z'), () => 'done', 500, stop.signal);
  const second = exchange.ask(Buffer.from('T'), () => 'done', 500, stop.signal);
  expect(String((await chunks.next()).value)).toBe('Z');
  await clock.advance(499);
  await far.write(frame);
  expect(await first).toEqual({ kind: 'answered', answer: 'done' });
  expect(String((await chunks.next()).value)).toBe('T');
  await clock.advance(500);
  expect(await second).toEqual({ kind: 'timeout' });
  const third = exchange.ask(Buffer.from('C'), () => 'done', 500, stop.signal);
  const refused = expect(third).rejects.toThrow();
  await clock.advance(1);
  stop.abort();
  await refused;
  expect(clock.sleepers()).toBe(0);
  await near.close();
  await reader.done;
});
