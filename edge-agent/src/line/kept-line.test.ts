import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { backOffMs, defaultKeepLineRule, type KeepLineRule, keepLine, type LineEvent } from './kept-line.ts';
import { type Line, LineError, type OpenLine } from './line.ts';
import { memoryLinePair } from './memory-line.ts';
import { tcpLine } from './tcp-line.ts';
import { virtualClock } from './virtual-clock.ts';

const log = pino({ level: 'silent' });
const rule: KeepLineRule = { retryMinMs: 250, retryMaxMs: 5000, openTimeoutMs: 5000, silenceMs: 10_000 };
const refused = new LineError('line_refused', 'nobody answers');

/** Keeps a line on a virtual clock and notes every event with the time it came. */
function keep(open: OpenLine, chance = 0.5) {
  const clock = virtualClock();
  const stop = new AbortController();
  const events: (LineEvent & { atMs: number })[] = [];
  const done = (async () => {
    for await (const event of keepLine(open, rule, { clock, random: () => chance, log }, stop.signal)) {
      events.push({ ...event, atMs: clock.monotonicMs() });
    }
  })();
  return { clock, stop, events, done, kinds: () => events.map(({ kind }) => kind) };
}

describe('a kept line', () => {
  test('passes bytes on and ends at once when it is stopped in the middle of a silence', async () => {
    const { near, far } = memoryLinePair();
    const { clock, stop, events, done } = keep(async () => near);
    await far.write(Buffer.from('frame'));
    await clock.advance(1000);
    expect(events).toMatchObject([{ kind: 'up', name: 'memory near' }, { kind: 'bytes' }]);
    stop.abort();
    await done;
    expect(clock.sleepers()).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  test('tries again with a doubling pause up to the longest, and bytes put it back to the shortest', async () => {
    let attempts = 0;
    const { clock, stop, events, done } = keep(async () => {
      attempts += 1;
      if (attempts !== 8) throw refused;
      const { near, far } = memoryLinePair();
      await far.write(Buffer.from('x'));
      void clock.sleep(1000).then(() => near.close());
      return lostWhenClosed(near);
    });
    await clock.advance(60_000);
    stop.abort();
    await done;
    const pauses = events.flatMap((event) => (event.kind === 'down' ? [event.retryInMs] : []));
    expect(pauses.slice(0, 11)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 250, 500, 1000, 2000]);
  });

  test('that opens and gives nothing is no success: the pause goes on growing', async () => {
    const { clock, stop, events, done } = keep(async () => lostAtOnce(memoryLinePair().near));
    await clock.advance(20_000);
    stop.abort();
    await done;
    const pauses = events.flatMap((event) => (event.kind === 'down' ? [event.retryInMs] : []));
    expect(pauses.slice(0, 5)).toEqual([250, 500, 1000, 2000, 4000]);
  });

  test('that is silent is closed and opened anew', async () => {
    const lines: Line[] = [];
    const { clock, stop, events, done } = keep(async () => {
      const { near, far } = memoryLinePair();
      lines.push(far);
      return near;
    });
    await clock.advance(9_900);
    await lines[0]?.write(Buffer.from('still there'));
    await clock.advance(9_900);
    expect(events.map(({ kind }) => kind)).toEqual(['up', 'bytes']);
    await clock.advance(5_000);
    expect(events.map(({ kind }) => kind)).toEqual(['up', 'bytes', 'down', 'up']);
    expect(events[2]).toMatchObject({ reason: { code: 'line_silent' } });
    expect(events[2]?.atMs).toBeGreaterThanOrEqual(19_900);
    expect(events[2]?.atMs).toBeLessThanOrEqual(9_900 + 12_500);
    stop.abort();
    await done;
  });

  test('gives up an attempt to open that takes too long', async () => {
    const { clock, stop, events, done } = keep(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    );
    await clock.advance(4_999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toMatchObject([{ kind: 'down', reason: { code: 'line_refused' }, atMs: 5000 }]);
    stop.abort();
    await done;
    expect(clock.sleepers()).toBe(0);
  });

  test.each(['while it opens', 'while it pauses', 'before it starts'])(
    'ends at once when stopped %s',
    async (when) => {
      const { clock, stop, done } = keep((signal) =>
        when === 'while it opens'
          ? new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason), { once: true });
            })
          : Promise.reject(refused),
      );
      if (when !== 'before it starts') await clock.advance(10);
      stop.abort();
      await done;
      expect(clock.sleepers()).toBe(0);
    },
  );

  test('fails loudly on a mistake of ours, which is no LineError', async () => {
    const { done } = keep(async () => {
      throw new TypeError('a mistake');
    });
    await expect(done).rejects.toThrow('a mistake');
  });

  test('leaves no listener and no sleeper behind over a thousand lines', async () => {
    let opened = 0;
    const { clock, stop, done } = keep(async () => {
      opened += 1;
      if (opened % 3 === 0) throw refused;
      return lostAtOnce(memoryLinePair().near);
    }, 0);
    let [most, sleepers] = [0, 0];
    while (opened < 1000) {
      await clock.advance(5_000);
      most = Math.max(most, getEventListeners(stop.signal, 'abort').length);
      sleepers = Math.max(sleepers, clock.sleepers());
    }
    expect(most).toBeLessThanOrEqual(2);
    expect(sleepers).toBeLessThanOrEqual(2);
    stop.abort();
    await done;
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  test('over a half-open connection notices the silence and connects anew', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      // The first connection says something and then nothing for ever, and never ends.
      socket.write('frame');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stop = new AbortController();
    const short = { ...defaultKeepLineRule, silenceMs: 60, retryMinMs: 1 };
    const parts = { clock: systemClock, random: () => 0, log };
    const codes: string[] = [];
    for await (const event of keepLine(tcpLine({ host: '127.0.0.1', port }), short, parts, stop.signal)) {
      if (event.kind === 'down') codes.push(event.reason.code);
      if (connections === 3) stop.abort();
    }
    expect(codes).toEqual(['line_silent', 'line_silent']);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the pause before a new attempt', () => {
  test('is by default so short that a cable put back at its beginning gives weights within 5 s', () => {
    expect(backOffMs(100, defaultKeepLineRule, 0.999)).toBeLessThanOrEqual(4_500);
  });

  test('is always between a half and one and a half of its step, and never longer than that of the longest', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, chance) => {
          const step = Math.min(rule.retryMaxMs, rule.retryMinMs * 2 ** n);
          const pauseMs = backOffMs(n, rule, chance);
          expect(pauseMs).toBeGreaterThanOrEqual(step * 0.5 - 1);
          expect(pauseMs).toBeLessThanOrEqual(step * 1.5 + 1);
        },
      ),
    );
  });
});

/** The line, failing where it would end: as if the other side had gone. */
function lostWhenClosed(line: Line): Line {
  async function* bytes() {
    yield* line;
    throw new LineError('line_lost', 'gone');
  }
  return { ...line, [Symbol.asyncIterator]: bytes };
}

function lostAtOnce(line: Line): Line {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* [];
    throw new LineError('line_lost', 'gone');
  }
  return { ...line, [Symbol.asyncIterator]: bytes };
}
