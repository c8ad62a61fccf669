import { describe, expect, test } from 'vitest';
import { type LineHealth, lineAdvice, lineStateOf } from './line-state.ts';

const rule = { staleAfterMs: 1_000, givenUpAfterMs: 2_000 };
const nowMs = 100_000;
const good: LineHealth = {
  lineUp: true,
  lineName: 'serial /dev/ttyUSB0',
  downReason: null,
  downCode: null,
  upSinceMs: nowMs - 60_000,
  frames: 10,
  rejectedFrames: 0,
  discardedBytes: 0,
  discardedSampleHex: null,
  lastByteAtMs: nowMs - 100,
  lastGoodFrameAtMs: nowMs - 100,
  lastReadingAtMs: nowMs - 100,
};
const stateOf = (facts: Partial<LineHealth>) => lineStateOf({ ...good, ...facts }, nowMs, rule);

describe('the state of a line', () => {
  test.each<[string, Partial<LineHealth>, string]>([
    ['a fresh reading', {}, 'ok'],
    ['a reading just within its age', { lastReadingAtMs: nowMs - 1_000 }, 'ok'],
    [
      'a port that is not there, though a reading is fresh',
      { lineUp: false, downCode: 'line_not_found' },
      'port_gone',
    ],
    ['a connection that is lost', { lineUp: false, downCode: 'line_lost' }, 'port_gone'],
    ['before the first opening', { lineUp: false, upSinceMs: null, lastReadingAtMs: null }, 'port_gone'],
    ['a line closed for its silence', { lineUp: false, downCode: 'line_silent', upSinceMs: null }, 'silent'],
    [
      'no byte for 2 s',
      { lastByteAtMs: nowMs - 2_001, lastGoodFrameAtMs: nowMs - 2_001, lastReadingAtMs: nowMs - 2_001 },
      'silent',
    ],
    [
      'no byte since it was opened 3 s ago, whatever came before that',
      { upSinceMs: nowMs - 3_000, lastByteAtMs: nowMs - 9_000, lastReadingAtMs: nowMs - 9_000 },
      'silent',
    ],
    [
      'bytes and never a frame',
      { upSinceMs: nowMs - 3_000, lastGoodFrameAtMs: null, lastReadingAtMs: null },
      'no_frames',
    ],
    [
      'bytes and no frame any more: somebody changed the baud rate',
      { lastGoodFrameAtMs: nowMs - 2_001, lastReadingAtMs: nowMs - 2_001 },
      'no_frames',
    ],
    ['frames that are answers and no readings', { lastReadingAtMs: nowMs - 30_000 }, 'stale'],
    [
      'just opened',
      { upSinceMs: nowMs - 50, lastByteAtMs: null, lastGoodFrameAtMs: null, lastReadingAtMs: null },
      'stale',
    ],
    [
      'a reading that is a moment too old',
      { lastByteAtMs: nowMs - 1_500, lastGoodFrameAtMs: nowMs - 1_500, lastReadingAtMs: nowMs - 1_500 },
      'stale',
    ],
  ])('%s', (_, facts, expected) => {
    expect(stateOf(facts)).toBe(expected);
  });

  test('tells a person what to check, with a sample of what came instead of frames', () => {
    expect(lineAdvice('ok', good)).toBeNull();
    expect(lineAdvice('no_frames', { ...good, discardedSampleHex: '82b3' })).toContain(
      '(82b3). Check baud rate',
    );
    expect(lineAdvice('port_gone', { ...good, downReason: 'serial /dev/ttyUSB0 was lost' })).toContain(
      'serial /dev/ttyUSB0 was lost. Check',
    );
    expect(lineAdvice('silent', good)).toContain('switched on');
    expect(lineAdvice('stale', good)).toContain('no weight');
  });
});
