/** Exclusive or of all bytes. */
function xorOf(bytes: Uint8Array): number {
  return bytes.reduce((xor, byte) => xor ^ byte, 0);
}

/**
 * The two check characters of Yaohua and Keli: each half of the exclusive or plus 30h, and above 9 plus 37h, which makes
 * upper-case hex. The XK3190-A22 adds 30h always (`plus30`), which makes `:;<=>?` of 10 to 15.
 */
export function yaohuaCheckOf(bytes: Uint8Array, letters: 'hex' | 'plus30' = 'hex'): string {
  const xor = xorOf(bytes);
  return [xor >> 4, xor & 0xf]
    .map((half) => String.fromCharCode(half + (half > 9 && letters === 'hex' ? 0x37 : 0x30)))
    .join('');
}
