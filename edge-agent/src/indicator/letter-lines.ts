import type { Dialect } from './model.ts';
import { type Decoded, rejected } from './reading.ts';

const linePattern = /^([@-Z])(\d{6}|-{6})\r$/;

/**
 * Lines of eight bytes: `letter n1..n6 CR`. Makes give the same letters opposite meanings, so each has its own model.
 * @param decode gets the letter and six digits or six dashes
 */
export function letterLines(
  decode: (letter: string, digits: string) => Decoded,
): Pick<Dialect, 'framing' | 'decode'> {
  return {
    framing: { kind: 'lines', terminator: '\r', maxBytes: 8 },
    decode(frame) {
      const [, letter, digits = ''] = linePattern.exec(Buffer.from(frame).toString('latin1')) ?? [];
      return letter === undefined ? rejected('not a letter and six digits') : decode(letter, digits);
    },
  };
}
