import { expect, test } from 'vitest';
import { indicatorOf } from '../models.ts';

test.each([
  ['sma', '\nW\r', { zero: '\nZ\r', tare: '\nT\r', clear_tare: '\nC\r', print: '\nP\r', request: '\nW\r' }],
  ['ricelake-condec', undefined, { zero: 'KZERO\r', tare: 'KTARE\r', print: 'KPRINT\r', request: 'S\r' }],
  ['cardinal-sb400', '\x05', { request: '\x05' }],
  ['nci-scp', 'W\r', { zero: 'Z\r', tare: 'T\r', request: 'W\r' }],
  ['toledo-8217', 'W\r', { zero: 'Z\r', request: 'W\r' }],
  ['systec-rn', '<RM>\r\n', { zero: '<SZ>\r\n', print: '<RN>\r\n', request: '<RM>\r\n' }],
  ['transcell-condec', undefined, undefined],
  ['western-df1500', undefined, undefined],
  ['cardinal-sb200', undefined, undefined],
  ['weightronix-stream', undefined, undefined],
  ['weightronix-wi110', undefined, undefined],
  ['fairbanks-concon', undefined, undefined],
  ['fairbanks-id', undefined, undefined],
  ['gram-pc0', undefined, undefined],
])('the commands of %s are the bytes of its manual', (model, enquiry, commands) => {
  const indicator = indicatorOf({ model });
  const bytes = Object.entries(indicator.commands ?? {}).map(([command, sent]) => [
    command,
    Buffer.from(sent).toString('latin1'),
  ]);
  expect(Object.fromEntries(bytes)).toEqual(commands ?? {});
  expect(indicator.enquiry && Buffer.from(indicator.enquiry).toString('latin1')).toBe(enquiry);
});
