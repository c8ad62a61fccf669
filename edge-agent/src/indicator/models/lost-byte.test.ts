import { describe, expect, test } from 'vitest';
import { readCorpora } from '../corpus/read-corpus.ts';
import { decodeCapture } from '../decode-capture.ts';
import { indicatorOf } from '../models.ts';

const corpora = readCorpora();

/** Makes whose number stands in fixed columns, with the options that say so where the columns differ by dialect. */
const fixedColumns: [model: string, options: Record<string, unknown>][] = [
  ['mt-sics', {}],
  ['st-gs-csv', { numberColumns: 8 }],
  ['cas-22', {}],
  ['cas-10', {}],
  ['ohaus', { numberColumns: 8 }],
  ['sartorius-sbi', {}],
  ['flintec-fast', {}],
  ['flintec-bsi', {}],
  ['bilanciai-d70', {}],
  ['bilanciai-cb', {}],
  ['radwag', {}],
  ['dini-extended', {}],
  ['erte-letter', {}],
  ['letter-status-40', {}],
  ['sma', {}],
  ['ricelake-condec', {}],
  ['transcell-condec', {}],
  ['western-df1500', {}],
  ['cardinal-sb400', {}],
  ['cardinal-sb200', {}],
  ['weightronix-stream', {}],
  ['weightronix-wi110', {}],
  ['fairbanks-concon', {}],
  ['fairbanks-id', {}],
  ['nci-scp', {}],
  ['toledo-8217', {}],
  ['gram-pc0', {}],
  ['systec-rn', {}],
];

describe('in fixed columns', () => {
  test.each(fixedColumns)('a byte lost from a frame of %s never makes another number', (model, columns) => {
    let weights = 0;
    for (const { options, bytesHex } of corpora.get(model) ?? []) {
      const { sync: _, ...rest } = options;
      const indicator = indicatorOf({ model, ...rest, ...columns });
      const bytes = Buffer.from(bytesHex, 'hex');
      const valuesOf = (chunk: Uint8Array) =>
        decodeCapture(indicator, [chunk], true).readings.flatMap((reading) =>
          typeof reading.value === 'string' ? [reading.value] : [],
        );
      const whole = valuesOf(bytes);
      if (whole.length !== 1 || typeof whole[0] !== 'string') continue;
      weights += 1;
      for (let lost = 0; lost < bytes.length; lost += 1) {
        const damaged = Buffer.concat([bytes.subarray(0, lost), bytes.subarray(lost + 1)]);
        for (const value of valuesOf(damaged))
          expect(value, `${bytesHex} without byte ${lost}`).toBe(whole[0]);
      }
    }
    expect(weights).toBeGreaterThan(1);
  });
});
