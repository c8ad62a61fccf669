import { expect, test } from 'vitest';
import { decodeCapture } from '../decode-capture.ts';
import { indicatorOf } from '../models.ts';

test('a command carries the number of the indicator in two digits', () => {
  expect(indicatorOf({ model: 'cas-22', deviceId: 11 }).commands?.zero).toEqual(
    Buffer.from('4431314b5a0d0a', 'hex'),
  );
  expect(indicatorOf({ model: 'cas-22', deviceId: '7' }).commands?.tare).toEqual(Buffer.from('D07KT\r\n'));
});

test('after a frame that lost a byte the next one is read', () => {
  const frame = Buffer.from('ST,GS,1\xe4,   12340 kg\r\n', 'latin1');
  const damaged = Buffer.concat([frame.subarray(0, 14), frame.subarray(15)]);
  const capture = decodeCapture(indicatorOf({ model: 'cas-22' }), [Buffer.concat([damaged, frame])]);
  expect(capture).toMatchObject({ readings: [{ value: '12340' }], discardedBytes: 21, pendingBytes: 0 });
});
