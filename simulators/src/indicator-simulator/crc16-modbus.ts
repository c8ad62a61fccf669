/** CRC-16 of Modbus: polynomial A001h reflected, from FFFFh; 4B37h for `123456789`. Sent low byte first by Modbus. */
export function crc16ModbusOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >> 1) ^ ((crc & 1) === 0 ? 0 : 0xa001);
  }
  return crc;
}
