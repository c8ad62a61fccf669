import { expect, test } from 'vitest';
import { framerOf } from './framer.ts';
import type { LineFraming } from './framing.ts';

function cut(framing: LineFraming, chunks: string[]) {
  const frames: string[] = [];
  let discarded = '';
  const framer = framerOf(
    framing,
    {
      frame: (frame) => frames.push(Buffer.from(frame).toString()),
      discarded: (bytes) => {
        discarded += Buffer.from(bytes).toString();
      },
    },
    { aligned: true },
  );
  for (const chunk of chunks) framer.push(Buffer.from(chunk));
  return { frames, discarded, pending: framer.pendingBytes() };
}

test('a line too long is discarded wherever it is split, also inside its terminator, and the next one is read', () => {
  const text = 'toolong\r\nok\r\n';
  const whole = cut({ kind: 'lines', terminator: '\r\n', maxBytes: 8 }, [text]);
  expect(whole).toEqual({ frames: ['ok\r\n'], discarded: 'toolong\r\n', pending: 0 });
  for (let at = 1; at < text.length; at += 1) {
    const chunks = [text.slice(0, at), text.slice(at)];
    expect(cut({ kind: 'lines', terminator: '\r\n', maxBytes: 8 }, chunks), chunks.join('|')).toEqual(whole);
  }
});

test('lines may end with an equals sign', () => {
  const framing: LineFraming = { kind: 'lines', terminator: '=', maxBytes: 9 };
  expect(cut(framing, ['08654000=0865', '4000=086'])).toEqual({
    frames: ['08654000=', '08654000='],
    discarded: '',
    pending: 3,
  });
});
