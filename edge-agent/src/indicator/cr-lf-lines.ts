import type { Dialect } from './model.ts';
import { type Decoded, rejected } from './reading.ts';

/**
 * Lines of text that end in CR LF. A bare LF ends a line too, so that the damage of a lost CR does not reach the next
 * line; such a line is rejected.
 * @param maxBytes longest line with its CR LF
 * @param decode gets the line without its end, one character a byte
 */
export function crLfLines(
  maxBytes: number,
  decode: (text: string) => Decoded,
): Pick<Dialect, 'framing' | 'decode'> {
  return {
    framing: { kind: 'lines', terminator: '\n', maxBytes },
    decode(frame) {
      const line = Buffer.from(frame).toString('latin1');
      return line.endsWith('\r\n') ? decode(line.slice(0, -2)) : rejected('line does not end in CR LF');
    },
  };
}
