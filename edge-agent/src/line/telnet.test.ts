import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type TelnetSink,
  telnetData,
  telnetNegotiation,
  telnetReader,
  telnetSubnegotiation,
} from './telnet.ts';

/** Everything a reader found, with data of neighbouring calls joined. */
function readAll(chunks: readonly Uint8Array[]) {
  const data: number[] = [];
  const commands: unknown[] = [];
  const sink: TelnetSink = {
    data: (bytes) => data.push(...bytes),
    negotiate: (verb, option) => commands.push([verb, option]),
    subnegotiate: (option, parameters) => commands.push([option, ...parameters]),
  };
  const reader = telnetReader(sink);
  for (const chunk of chunks) reader.push(chunk);
  return { data, commands };
}

describe('a telnet stream', () => {
  test('gives back any bytes that were escaped, however they are split', () => {
    const someBytes = fc.uint8Array({ maxLength: 60 });
    const mostlyFF = fc
      .array(fc.constantFrom(0xff, 0xf0, 0xfa, 0x41), { maxLength: 60 })
      .map(Uint8Array.from.bind(Uint8Array));
    fc.assert(
      fc.property(fc.oneof(someBytes, mostlyFF), fc.integer({ min: 1, max: 7 }), (bytes, size) => {
        const sent = telnetData(bytes);
        const chunks = Array.from({ length: Math.ceil(sent.length / size) }, (_, index) =>
          sent.subarray(index * size, (index + 1) * size),
        );
        expect(readAll(chunks)).toEqual({ data: [...bytes], commands: [] });
      }),
    );
  });

  test('tells commands from data between which they stand', () => {
    const stream = [
      Buffer.from('a'),
      telnetNegotiation('DO', 44),
      Buffer.from('b'),
      telnetSubnegotiation(44, Uint8Array.of(101, 0, 0, 0xff, 0xf0)),
      Buffer.from('c'),
      Uint8Array.of(0xff, 0xf1),
      Buffer.from('d'),
    ];
    const whole = Buffer.concat(stream);
    const expected = {
      data: [...Buffer.from('abcd')],
      commands: [
        ['DO', 44],
        [44, 101, 0, 0, 0xff, 0xf0],
      ],
    };
    expect(readAll([whole])).toEqual(expected);
    expect(readAll([...whole].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  test('holds no more of an endless subnegotiation than a bound', () => {
    const { commands } = readAll([
      Uint8Array.of(0xff, 0xfa, 44),
      new Uint8Array(100_000).fill(7),
      Uint8Array.of(0xff, 0xf0),
    ]);
    expect(commands).toHaveLength(1);
    expect((commands[0] as number[]).length).toBeLessThanOrEqual(256);
  });

  test('is read whatever bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        readAll(chunks);
      }),
    );
  });
});
