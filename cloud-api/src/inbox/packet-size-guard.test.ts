import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardPacketSize } from './packet-size-guard.ts';

/** An MQTT packet of a type with a body of so many bytes. */
function packetOf(bodyBytes: number, type = 0x30): Buffer {
  const length: number[] = [];
  let rest = bodyBytes;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([type, ...length]), Buffer.alloc(bodyBytes, 0xff)]);
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

const pass = async (chunks: Buffer[]) =>
  Buffer.concat(
    await Readable.from(chunks)
      .pipe(guardPacketSize({ firstBytes: 200, laterBytes: 1000 }))
      .toArray(),
  );

test('packets within the limits pass unchanged however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 200 }),
      fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 300 }),
      async (first, later, size) => {
        const bytes = Buffer.concat([
          packetOf(first, 0x10),
          ...later.map((bodyBytes) => packetOf(bodyBytes)),
        ]);
        expect(await pass(chunksOf(bytes, size))).toEqual(bytes);
      },
    ),
  );
});

test('a packet is refused by what its header announces, before its body has come', async () => {
  const guard = guardPacketSize({ firstBytes: 200, laterBytes: 1000 });
  const refused = new Promise((resolve) => guard.once('error', resolve));
  guard.write(packetOf(201, 0x10).subarray(0, 3));
  expect(await refused).toMatchObject({ code: 'packet_too_big' });
});

test('the first packet has a limit of its own, and a length that never ends is refused', async () => {
  for (const bytes of [
    Buffer.concat([packetOf(10, 0x10), packetOf(1001)]),
    Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x80]),
  ]) {
    const guard = guardPacketSize({ firstBytes: 200, laterBytes: 1000 });
    const refused = new Promise((resolve) => guard.once('error', resolve));
    guard.resume().write(bytes);
    expect(await refused).toMatchObject({ code: 'packet_too_big' });
  }
});
