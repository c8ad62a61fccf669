import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import type { MarkedFraming } from '../framing.ts';
import { defineModel, with7E1, with8N1 } from '../model.ts';
import type { Decoded, Reading } from '../reading.ts';
import { rejected } from '../reading.ts';
import { type Fault, readingOf } from '../reading-of.ts';
import { textWithin } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const LF = 0x0a;
const CR = 0x0d;
const ETX = 0x03;
const MAX_BYTES = 24;

const options = z.strictObject({
  /** SCP-12 turns motion and zero of the first status byte round: the same bytes, the opposite meaning. */
  variant: z.enum(['SCP-01', 'SCP-12']).default('SCP-01'),
  /** Columns of the weight with its point; a frame that lost a digit has fewer. */
  numberColumns: z.coerce.number().int().min(4).max(9).default(7),
});
type Options = z.infer<typeof options>;

/**
 * NCI standard protocol: `LF xxxx.xxuu CR LF hh[h] CR ETX`, answers `LF hh CR ETX` and `LF ? CR ETX`. The low half of each
 * status byte counts: first motion, at zero, RAM, EEPROM; second under, over, ROM, calibration; third range (two bits),
 * net, initial zero. Bit 6 says that another one follows. A display full of `^` is over, `_` under, `-` a zero error.
 * @see Mettler-Toledo DIVA service manual, page 37; Avery Weigh-Tronix 7821 user instructions, page 25; B-TEK T419S service manual,
 * page 66 (tare)
 */
export const nciScp = defineModel({
  name: 'nci-scp',
  usedBy: 'NCI, Weigh-Tronix, Brecknell, Salter, B-TEK, Fairbanks and Ohaus bench scales in NCI mode',
  options,
  line: [with7E1(9600), with8N1(9600), with7E1(2400)],
  speak: (options) => ({
    framing,
    enquiry: Buffer.from('W\r'),
    commands: { zero: Buffer.from('Z\r'), tare: Buffer.from('T\r'), request: Buffer.from('W\r') },
    decode(frame) {
      const text = textWithin(frame, { start: '\n', end: '\r\x03' }) ?? '';
      if (text === '?') return { kind: 'answer', facts: { error: 'unrecognisedCommand' } };
      const [, shown, status] = /^(?:([ -~]+)\r\n)?([0-?][0-?p-\x7f]{0,2}[0-?])$/.exec(text) ?? [];
      if (status === undefined) return rejected('frame does not have the form of this protocol');
      const said = meaningOf(status, options);
      return shown === undefined
        ? { kind: 'answer', facts: { status, stable: said.stable, zero: said.zero } }
        : weightReading(shown, said, options.numberColumns);
    },
  }),
});

/** Up to ETX, with at most one LF inside, which follows a CR: a frame cut short is not joined to the next. */
const framing: MarkedFraming = {
  kind: 'marked',
  maxBytes: MAX_BYTES,
  startByte: LF,
  frameAt(bytes, offset, end) {
    const limit = Math.min(end, offset + MAX_BYTES);
    let lines = 1;
    for (let at = offset + 1; at < limit; at += 1) {
      if (bytes[at] === ETX) return at - offset + 1;
      if (bytes[at] !== LF) continue;
      lines += 1;
      if (lines > 2 || bytes[at - 1] !== CR) return -1;
    }
    return limit - offset < MAX_BYTES ? 0 : -1;
  },
};

interface Status {
  stable: boolean;
  zero: boolean;
  mode: Reading['mode'];
  fault: Fault | undefined;
}

function meaningOf(status: string, { variant }: Options): Status {
  const has = (byte: number, bit: number) => ((status.charCodeAt(byte) >> bit) & 1) === 1;
  const hasThird = status.length > 2;
  const faults: readonly (readonly [Fault, boolean])[] = [
    [{ error: 'ramError' }, has(0, 2)],
    [{ error: 'eepromError' }, has(0, 3)],
    [{ error: 'romError' }, has(1, 2)],
    [{ error: 'calibrationError' }, has(1, 3)],
    [{ error: 'initialZeroError' }, hasThird && has(2, 3)],
    ['underload', has(1, 0)],
    ['overload', has(1, 1)],
  ];
  return {
    stable: has(0, 0) === (variant === 'SCP-12'),
    zero: has(0, 1) === (variant === 'SCP-01'),
    mode: !hasThird ? null : has(2, 2) ? 'net' : 'gross',
    fault: faults.find(([, isSet]) => isSet)?.[0],
  };
}

const displayForm = /^(.+?)([lL][bB]|[kK][gG]|[oO][zZ]|[tT][nN]|[gG] ?)$/;

function weightReading(display: string, said: Status, numberColumns: number): Decoded {
  const [, weight, unit] = displayForm.exec(display) ?? [];
  if (weight === undefined || unit === undefined) return rejected('no unit of mass behind the weight');
  const fault = said.fault ?? faultShown(weight);
  const value = columnNumber(weight);
  if (fault === undefined && (value === null || weight.length !== numberColumns))
    return rejected('weight is not a number of the right length');
  return readingOf({ ...said, value, unit: unitField(unit), fault });
}

function faultShown(weight: string): Fault | undefined {
  if (/^[\^.]+$/.test(weight)) return 'overload';
  if (/^[_.]+$/.test(weight)) return 'underload';
  return /^-[-.]+$/.test(weight) ? { error: 'zeroError' } : undefined;
}
