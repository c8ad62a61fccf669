import { expect, test } from 'vitest';
import { alibiAnswerIn, canHaveAlibi, diniArgeoAlibi, withAlibi } from './alibi.ts';
import { indicatorOf } from './models.ts';

const indicator = withAlibi(indicatorOf({ model: 'st-gs-csv' }), diniArgeoAlibi);
const answerTo = (line: string) => alibiAnswerIn(indicator.decode(Buffer.from(`${line}\r\n`)));

test.each([
  [
    'PIDST,1,    1500.0kg,PT       2.8kg,00000-000158',
    { kind: 'kept', alibiId: '00000-000158', value: '1500.0', unit: 'kg' },
  ],
  [
    '01PIDST,1,     15000kg,           0kg,00003-000009',
    { kind: 'kept', alibiId: '00003-000009', value: '15000', unit: 'kg' },
  ],
  ['PIDUS,1,    1500.0kg,PT       2.8kg,NO', { kind: 'not_kept' }],
  ['1,    1500.0kg,         2.8kg', { kind: 'recalled', value: '1500.0', unit: 'kg' }],
  ['ERR02', { kind: 'not_found' }],
  ['ST,GS,    1500,kg', null],
  ['1,    1500.0kg,', null],
])('the line %j says of the alibi memory %j', (line, answer) => {
  expect(answerTo(line)).toEqual(answer);
});

test('a weight of the memory that lost a byte is no answer', () => {
  expect(answerTo('PIDST,1,    150 .0kg,PT       2.8kg,00000-000158')).toBeNull();
  expect(answerTo('PIDST,1,   1500.0kg,PT       2.8kg,00000-000158')).toBeNull();
});

test('weights are read as before, and longer answers fit', () => {
  expect(indicator.decode(Buffer.from('ST,GS,    1500,kg\r\n'))).toMatchObject({
    kind: 'reading',
    reading: { value: '1500', stable: true },
  });
  expect(indicator.framing.maxBytes).toBeGreaterThanOrEqual(56);
});

test('only a number of the memory is asked for, and only of indicators that send lines', () => {
  expect(diniArgeoAlibi.recall('00000-000158')).toEqual(Buffer.from('ALRD00000-000158\r\n'));
  expect(diniArgeoAlibi.recall('158')).toBeNull();
  expect(canHaveAlibi(indicatorOf({ model: 'mt-continuous' }))).toBe(false);
});
