import { crc16Modbus } from './crc16.ts';
import type { Definition } from './definition.ts';

type Checksum = NonNullable<Definition['checksum']>;

/** Whether a whole frame carries the checksum it should. */
export function hasChecksum(frame: Uint8Array, { kind, over, at, as }: Checksum): boolean {
  const covered = frame.subarray(over.from, over.to);
  const found = frame.subarray(at.from, at.to);
  const width = kind === 'crc16' ? 2 : 1;
  const expected = checksums[kind](covered);
  if (as === 'hex') {
    const text = Buffer.from(found).toString('latin1').replaceAll(/[:-?]/g, countedOn);
    return (
      text ===
      expected
        .toString(16)
        .toUpperCase()
        .padStart(2 * width, '0')
    );
  }
  return found.length === width && found.every((byte, index) => byte === ((expected >> (8 * index)) & 0xff));
}

const checksums: Readonly<Record<Checksum['kind'], (covered: Uint8Array) => number>> = {
  xor: (covered) => covered.reduce((sum, byte) => sum ^ byte, 0),
  sum8: (covered) => covered.reduce((sum, byte) => sum + byte, 0) & 0xff,
  neg7: (covered) => -covered.reduce((sum, byte) => sum + byte, 0) & 0x7f,
  crc16: crc16Modbus,
};

/** Some makes count on from `9` where others write A to F. */
function countedOn(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + 7);
}
