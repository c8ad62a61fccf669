import { expect, test } from 'vitest';
import { readCorpora, type Vector } from './corpus/read-corpus.ts';
import { decodeCapture } from './decode-capture.ts';
import { indicatorOf } from './models.ts';

/** Models whose frames carry a checksum, and which of their vectors do. */
const checked: Readonly<Record<string, (vector: Vector) => boolean>> = {
  'yaohua-xor': () => true,
  'yaohua-command': () => true,
  'yaohua-a12e': () => true,
  'rinstrum-net': ({ bytesHex }) => bytesHex.startsWith('01'),
  'laumas-modbus': ({ options }) => options.transport !== 'tcp',
  'dini-modbus': ({ options }) => options.transport !== 'tcp',
  'keli-d2008-modbus': ({ options }) => options.transport !== 'tcp',
};

test.each(Object.entries(checked))('%s: one flipped bit never makes another weight', (model, isChecked) => {
  const whole = (vector: Vector) => isChecked(vector) && 'readings' in vector.expected;
  for (const { id, options, bytesHex } of readCorpora().get(model)?.filter(whole) ?? []) {
    const indicator = indicatorOf({ model, ...options });
    const valuesOf = (bytes: Uint8Array) =>
      decodeCapture(indicator, [bytes], true).readings.flatMap((reading) =>
        'value' in reading && reading.value !== null ? [reading.value] : [],
      );
    const sent = Buffer.from(bytesHex, 'hex');
    const good = valuesOf(sent);
    for (let bit = 0; bit < 8 * sent.length; bit += 1) {
      const damaged = Buffer.from(sent);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(good, `${id}, bit ${bit}`).toEqual(expect.arrayContaining(valuesOf(damaged)));
    }
  }
});
