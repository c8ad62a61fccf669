import { Transform, type TransformCallback } from 'node:stream';

/** Bytes MQTT may spend on the fixed header: one of type, up to four of length. */
const MAX_LENGTH_BYTES = 4;

/** An MQTT client announced a packet larger than it may send. */
export class PacketTooBigError extends Error {
  override readonly name = 'PacketTooBigError';
  readonly code = 'packet_too_big';
}

export interface PacketLimits {
  /** Largest first packet, which comes before anyone is known. */
  firstBytes: number;
  /** Largest packet after that. */
  laterBytes: number;
}

/**
 * Passes MQTT bytes through unchanged and breaks the stream as soon as a fixed header announces too large a packet:
 * the broker behind it would otherwise keep the bytes in memory until the packet is whole.
 */
export function guardPacketSize(limits: PacketLimits): Transform {
  let allowedBytes = limits.firstBytes;
  let remainingBytes = 0;
  let lengthShift = 0;
  let state: 'type' | 'length' | 'body' = 'type';

  function readHeaderByte(byte: number): void {
    if (state === 'type') {
      state = 'length';
      remainingBytes = 0;
      lengthShift = 0;
      return;
    }
    remainingBytes += (byte & 0x7f) * 2 ** lengthShift;
    lengthShift += 7;
    const more = (byte & 0x80) !== 0;
    if (remainingBytes > allowedBytes || (more && lengthShift >= MAX_LENGTH_BYTES * 7)) {
      throw new PacketTooBigError(`an MQTT packet of more than ${allowedBytes} bytes was announced`);
    }
    if (more) return;
    allowedBytes = limits.laterBytes;
    state = remainingBytes === 0 ? 'type' : 'body';
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      let at = 0;
      try {
        while (at < chunk.length) {
          if (state === 'body') {
            const taken = Math.min(remainingBytes, chunk.length - at);
            remainingBytes -= taken;
            at += taken;
            if (remainingBytes === 0) state = 'type';
          } else {
            readHeaderByte(chunk[at] ?? 0);
            at += 1;
          }
        }
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null, chunk);
    },
  });
}
