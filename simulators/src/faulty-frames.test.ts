import { expect, test } from 'vitest';
import { faultyFrames } from './faulty-frames.ts';
import { seededRandom } from './random.ts';
import { readWithParityAsData } from './serial-bits.ts';
import type { FrameSink, FrameSource } from './weighbridge.ts';

function handSource(): FrameSource & { send: FrameSink; asked: Uint8Array[] } {
  const sinks = new Set<FrameSink>();
  const asked: Uint8Array[] = [];
  return {
    asked,
    send: (frame) => {
      for (const sink of sinks) sink(frame);
    },
    attach(sink) {
      sinks.add(sink);
      return () => sinks.delete(sink);
    },
    hear(sink, bytes) {
      if (sinks.has(sink)) asked.push(bytes);
    },
  };
}

test('every line is bad in its own way, the same for the same seed', () => {
  const hearTwo = () => {
    const source = handSource();
    const heard = ['', ''];
    const lines = faultyFrames(source, seededRandom(3), { flip: 0.5 });
    heard.forEach((_, line) => {
      lines.attach((frame) => {
        heard[line] += Buffer.from(frame).toString('hex');
      });
    });
    for (let times = 0; times < 20; times += 1) source.send(Buffer.from('ST,GS,   12340,kg\r\n'));
    return heard;
  };
  const [first, second] = hearTwo();
  expect(first).not.toBe(second);
  expect(hearTwo()).toEqual([first, second]);
});

test('bits read wrongly arrive wrongly', () => {
  const source = handSource();
  const heard: Uint8Array[] = [];
  faultyFrames(source, seededRandom(1), { parityAsData: 1 }).attach((frame) => heard.push(frame));
  const sent = Uint8Array.from(Buffer.from('\x02+012340'));
  source.send(sent);
  expect(heard).toEqual([readWithParityAsData(sent)]);
});

test('what is asked comes through, until the line is taken away', () => {
  const source = handSource();
  const lines = faultyFrames(source, seededRandom(1), { drop: 1 });
  const sink: FrameSink = () => undefined;
  const detach = lines.attach(sink);
  lines.hear?.(sink, Buffer.from('W\r'));
  detach();
  lines.hear?.(sink, Buffer.from('S\r'));
  expect(source.asked.map(String)).toEqual(['W\r']);
});
