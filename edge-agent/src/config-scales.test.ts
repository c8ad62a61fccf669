import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

const withScales = (scales: string) => `site: DEMO\ndevice: demo-1\ndataDir: data\nscales:\n${scales}`;
const front =
  '  - { id: front, line: { kind: tcp, host: a, port: 1 }, indicator: { model: mt-continuous } }\n';
const rear = '  - { id: rear, line: { kind: tcp, host: b, port: 1 }, indicator: { model: sma } }\n';
const lineOf = (line: string) =>
  parseConfig('edge.yaml', withScales(`  - { id: main, line: ${line}, indicator: { model: sma } }`)).scales[0]
    ?.line;

describe('the configuration of a line', () => {
  test('sets RTS and DTR on unless it says otherwise', () => {
    expect(lineOf('{ kind: serial, path: /dev/serial/by-id/usb-1 }')).toEqual({
      kind: 'serial',
      path: '/dev/serial/by-id/usb-1',
      baudRate: 9600,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      rts: 'on',
      dtr: 'on',
    });
    expect(lineOf('{ kind: serial, path: /dev/ttyS0, rts: leave, dtr: leave }')).toMatchObject({
      rts: 'leave',
    });
    expect(() => lineOf('{ kind: serial, path: /dev/ttyS0, rts: leave, dtr: off }')).toThrow(
      'both left or both set',
    );
  });

  test('may be a serial server with COM port control, with the settings of its port', () => {
    expect(
      lineOf('{ kind: rfc2217, host: server, port: 4001, dataBits: 7, parity: even, dtr: leave }'),
    ).toMatchObject({
      kind: 'rfc2217',
      dataBits: 7,
      parity: 'even',
      rts: 'on',
      dtr: 'leave',
    });
  });
});

describe('a sum deck', () => {
  const sumOf = (sum: string) => () =>
    parseConfig('edge.yaml', `${withScales(front + rear)}sumDecks:\n  - ${sum}\n`);

  test('adds up scales that are there', () => {
    expect(sumOf('{ id: bridge, of: [front, rear], maxKg: 80000 }')().sumDecks).toEqual([
      { id: 'bridge', of: ['front', 'rear'], thresholdKg: 500, minKg: 0, maxKg: 80_000, zeroBandKg: 50 },
    ]);
  });

  test.each([
    ['{ id: bridge, of: [front, middle] }', 'there is no scale middle; known are front, rear'],
    ['{ id: bridge, of: [front, front] }', 'names a scale twice'],
    ['{ id: front, of: [front, rear] }', 'front is taken'],
    ['{ id: bridge, of: [front] }', 'sumDecks.0.of'],
  ])('%s is refused: %s', (sum, words) => {
    expect(sumOf(sum)).toThrow(ConfigError);
    expect(sumOf(sum)).toThrow(words);
  });
});
