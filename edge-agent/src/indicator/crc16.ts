/**
 * CRC-16/MODBUS: polynomial 8005h reflected, initial value FFFFh.
 * @see Modbus over Serial Line V1.02, 6.2.2
 * @returns 0 to 65535; on the wire its low byte comes first
 */
export function crc16Modbus(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ 0xa001;
  }
  return crc;
}

/** CRC-16 of CCITT: polynomial 1021h, initial value FFFFh, not reflected. @returns 0 to 65535 */
export function crc16Ccitt(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1)
      crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}
