import { describe, expect, test } from 'vitest';
import { decodeCapture } from './decode-capture.ts';
import { indicatorOf } from './models.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

describe('a request', () => {
  test.each([
    ['laumas-modbus', '01030006000565c8'],
    ['dini-modbus', '0104000000053009'],
    ['keli-d2008-modbus', '01030001000415c9'],
  ])('of %s reads status and weight at once', (model, hex) => {
    expect(hexOf(indicatorOf({ model }).enquiry)).toBe(hex);
  });

  test('over TCP has the header and no CRC', () => {
    const { enquiry } = indicatorOf({ model: 'laumas-modbus', transport: 'tcp', address: 7 });
    expect(hexOf(enquiry)).toBe('000100000006070300060005');
  });

  test('to zero a Laumas writes its command register', () => {
    expect(hexOf(indicatorOf({ model: 'laumas-modbus' }).commands?.zero)).toBe('010600050008980d');
  });
});

describe('a reply', () => {
  const laumas = indicatorOf({ model: 'laumas-modbus', unit: 'kg' });
  const weightHex = '01030a08000000b2700000b2708a01';

  test('that is an exception is five bytes, and the weight behind it is read', () => {
    const { readings, pendingBytes } = decodeCapture(laumas, [bytesOf('018302c0f1'), bytesOf(weightHex)]);
    expect(readings).toMatchObject([{ functionCode: 3, exception: 2 }, { value: '45680' }]);
    expect(pendingBytes).toBe(0);
  });

  test('is found behind the echo of our own request', () => {
    const capture = decodeCapture(laumas, [bytesOf(`01030006000565c8${weightHex}`)]);
    expect(capture).toMatchObject({ readings: [{ value: '45680' }], discardedBytes: 8 });
  });

  test('of another unit, of another function, or of another length is no reading', () => {
    for (const hex of [
      '02030a08000000b2700000b2708a01',
      '01040a0000b270000077ec0024f04d',
      '0103040000b270',
    ]) {
      expect(decodeCapture(laumas, [bytesOf(hex)]).readings, hex).toEqual([]);
    }
  });

  test('to a write names what was written', () => {
    expect(decodeCapture(laumas, [bytesOf('010600050008980d')]).readings).toEqual([
      { register: 5, written: 8 },
    ]);
  });

  test('over TCP is cut by its header, also when it is an exception', () => {
    const tcp = indicatorOf({ model: 'laumas-modbus', unit: 'kg', transport: 'tcp' });
    const capture = decodeCapture(tcp, [
      bytesOf('000100000003018302'),
      bytesOf('00010000000d01030a08000000b2700000b270'),
    ]);
    expect(capture).toMatchObject({
      readings: [{ exception: 2 }, { value: '45680', stable: true }],
      discardedBytes: 0,
      pendingBytes: 0,
    });
  });
});
