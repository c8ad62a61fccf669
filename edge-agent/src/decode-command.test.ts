import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { captureTable, decodeLines, lineDecoder } from './decode-command.ts';

const good = '022a30202031323334302020202020300d0d';
const decode = lineDecoder();
const ask = (request: unknown) => decode(JSON.stringify(request));

describe('one line of JSON', () => {
  test('is answered with the reading under its id', () => {
    expect(ask({ id: 'a-1', protocol: 'mt-continuous', bytes_hex: good })).toEqual({
      id: 'a-1',
      outcome: 'reading',
      readings: [expect.objectContaining({ value: '12340', unit: 'kg', stable: true, mode: 'gross' })],
      discardedBytes: 0,
      pendingBytes: 0,
    });
  });

  test('takes options of the model, also null', () => {
    expect(
      ask({ id: 1, protocol: 'mt-continuous', options: { checksum: 'none' }, bytes_hex: good.slice(0, -2) }),
    ).toMatchObject({
      outcome: 'reading',
      discardedBytes: 0,
      pendingBytes: 0,
    });
    expect(
      ask({ id: 1, protocol: 'yaohua-xor', options: null, bytes_hex: '022b30303030303030314203' }),
    ).toMatchObject({
      readings: [{ value: '0', unit: null, stable: null }],
    });
  });

  test('reads chunks as they come, one by one', () => {
    const chunks = good.match(/../g) ?? [];
    expect(ask({ id: 1, protocol: 'mt-continuous', chunks_hex: [...chunks, '02'] })).toMatchObject({
      outcome: 'reading',
      pendingBytes: 1,
    });
  });

  test('tells a beginning from what is nothing', () => {
    expect(ask({ id: 1, protocol: 'mt-continuous', bytes_hex: good.slice(0, 10) })).toMatchObject({
      outcome: 'incomplete',
    });
    expect(ask({ id: 1, protocol: 'mt-continuous', bytes_hex: 'ffffff' })).toMatchObject({
      outcome: 'reject',
      discardedBytes: 3,
    });
  });

  test('clears a parity bit that came as data when told to', () => {
    const bytes_hex = good.replace(/^02/, '82').replaceAll('0d', '8d');
    const request = { id: 1, protocol: 'mt-continuous', bytes_hex };
    expect(ask(request)).toMatchObject({ outcome: 'reject' });
    expect(ask({ ...request, options: { stripParity: true } })).toMatchObject({
      readings: [{ value: '12340' }],
    });
  });

  test('throws the first line of a capture away only where it may be cut', () => {
    const bytes_hex = Buffer.from('2340\r\n   12340\r\n').toString('hex');
    const readings = (options: object) => ask({ id: 1, protocol: 'cas-10', options, bytes_hex });
    expect(readings({})).toMatchObject({ readings: [{ value: '12340' }], discardedBytes: 6 });
    const one = Buffer.from('   12340\r\n').toString('hex');
    expect(ask({ id: 1, protocol: 'cas-10', bytes_hex: one })).toMatchObject({
      readings: [{ value: '12340' }],
    });
    expect(ask({ id: 1, protocol: 'cas-10', options: { sync: 'unknown' }, bytes_hex: one })).toMatchObject({
      readings: [],
      discardedBytes: 10,
    });
  });

  test.each([
    ['{', /^not JSON: /],
    ['{"id":7,"protocol":"mt-continuous"}', /give bytes_hex or chunks_hex/],
    ['{"id":7,"protocol":"mt-continuous","bytes_hex":"0"}', /bytes_hex: must be pairs/],
    ['{"id":7,"protocol":"nobody","bytes_hex":"00"}', /there is no model nobody/],
    ['{"id":7,"protocol":"mt-continuous","options":{"checksum":"crc"},"bytes_hex":"00"}', /checksum/],
    ['{"id":7,"protocol":"mt-continuous","bytes_hex":"00","more":1}', /more/],
  ])('that is wrong is answered in words: %s', (line, words) => {
    expect(decode(line)).toMatchObject({ error: expect.stringMatching(words) });
  });
});

test('an option that the model does not have is answered with those it has', () => {
  const line = JSON.stringify({ id: 1, protocol: 'st-gs-csv', options: { dialect: 'x' }, bytes_hex: '' });
  expect(lineDecoder()(line)).toMatchObject({
    error: expect.stringMatching(/^st-gs-csv has no option dialect; its options are .*commandSet/),
  });
});

test('ten thousand lines take less than five seconds in one process', async () => {
  const lines = Array.from({ length: 10_000 }, (_, id) =>
    JSON.stringify({ id, protocol: 'mt-continuous', options: { checksum: 'mt7' }, bytes_hex: good }),
  );
  const output = new PassThrough();
  const startedMs = performance.now();
  const answered = text(output);
  await decodeLines(Readable.from(lines.map((line) => `${line}\n`)), output);
  output.end();
  const answers = (await answered).trimEnd().split('\n');
  expect(answers).toHaveLength(10_000);
  expect(JSON.parse(answers.at(-1) ?? '')).toMatchObject({ id: 9999, outcome: 'reading' });
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('a capture is a table for a person, with what was not understood', () => {
  const table = captureTable('mt-continuous', {}, Buffer.from(`ff${good}${good}02`, 'hex'));
  expect(table.split('\n')).toEqual([
    expect.stringMatching(/#\s+value\s+unit/),
    expect.stringMatching(/1\s+12340\s+kg\s+stable\s+gross/),
    expect.stringMatching(/2\s+12340\s+kg\s+stable\s+gross/),
    expect.stringMatching(/^2 frames, 1 bytes discarded, 1 bytes/),
  ]);
  expect(() => captureTable('nobody', {}, Buffer.alloc(0))).toThrow(/no model nobody/);
});
