/**
 * Yaohua's two check characters: the XOR of `bytes[from .. to)`, high half first. Each half is an upper-case hex digit,
 * or, on the XK3190-A22, the character at 30h plus the half (`:;<=>?` for ten to fifteen).
 * @returns whether they stand at `to` and `to + 1`
 */
export function hasXorCheck(bytes: Uint8Array, from: number, to: number): boolean {
  let xor = 0;
  for (let at = from; at < to; at += 1) xor ^= bytes[at] ?? 0;
  return isHalf(bytes[to], xor >> 4) && isHalf(bytes[to + 1], xor & 0x0f);
}

/** The two check characters of `text`, as upper-case hex. @param text Latin-1 */
export function xorCheckOf(text: string): string {
  const xor = Buffer.from(text, 'latin1').reduce((sum, byte) => sum ^ byte, 0);
  return xor.toString(16).toUpperCase().padStart(2, '0');
}

function isHalf(character: number | undefined, half: number): boolean {
  return character === 0x30 + half || (half > 9 && character === 0x37 + half);
}
