/** A start bit, eight data bits, a stop bit. */
const BITS_PER_BYTE = 10;
const DATA_BITS = 8;

/**
 * Bytes sent as 7 data bits and even parity, read as 8 data bits: the parity bit arrives as bit 7, set on every byte with an
 * odd number of ones.
 */
export function readWithParityAsData(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => {
    const seven = byte & 0x7f;
    let ones = 0;
    for (let rest = seven; rest > 0; rest >>= 1) ones += rest & 1;
    return seven | ((ones & 1) << 7);
  });
}

/**
 * What a receiver set to another speed makes of bytes sent without a pause between them: it starts at a falling edge and looks
 * at the middle of each of its own bits. Where its stop bit is not there it waits for the line to rest, as a UART does.
 */
export function readAtWrongBaud(bytes: Uint8Array, sentBaud: number, readBaud: number): Uint8Array {
  const bits = [...bytes].flatMap((byte) => [0, ...dataBitsOf(byte), 1]);
  const level = (bitTime: number) => bits[Math.floor(bitTime)] ?? 1;
  const step = sentBaud / readBaud;
  const heard: number[] = [];
  for (let at = 0; at < bits.length; ) {
    if (level(at) === 1) {
      at = Math.floor(at) + 1;
      continue;
    }
    let byte = 0;
    for (let bit = 0; bit < DATA_BITS; bit += 1) byte |= level(at + (bit + 1.5) * step) << bit;
    heard.push(byte);
    at += (BITS_PER_BYTE - 0.5) * step;
    while (at < bits.length && level(at) === 0) at = Math.floor(at) + 1;
  }
  return Uint8Array.from(heard);
}

/** Lowest first, as they go over the line. */
function dataBitsOf(byte: number): number[] {
  return Array.from({ length: DATA_BITS }, (_, bit) => (byte >> bit) & 1);
}
