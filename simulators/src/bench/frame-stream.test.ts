import { models } from '@weighgate/edge-agent/src/indicator/models.ts';
import { expect, test } from 'vitest';
import { decodeStream, frameStreamOf, scanStream } from './frame-stream.ts';

test.each(models.map(({ name }) => name))('%s reads every weight of its stream', (name) => {
  const stream = frameStreamOf(name, 1234);
  expect(() => decodeStream(stream)).not.toThrow();
  expect(() => scanStream(stream)).not.toThrow();
});

test('a frame that is not read is no frame decoded', () => {
  const stream = frameStreamOf('mt-continuous', 100);
  expect(() => decodeStream({ ...stream, frames: 101 })).toThrow('100 readings from 101 frames');
  const [chunk = new Uint8Array()] = stream.chunks;
  expect(() => decodeStream({ ...stream, chunks: [chunk.subarray(1)] })).toThrow('bytes were discarded');
});

test('a model that nobody knows has no stream', () => {
  expect(() => frameStreamOf('mt-continous', 100)).toThrow('neither a simulated indicator nor');
});
