import { type MassUnit, massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with7E1 } from '../model.ts';
import type { Decoded } from '../reading.ts';
import { rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textWithin } from '../text-decoder.ts';

const STX = 0x02;
const CR = 0x0d;

const options = z.strictObject({
  /** The format names no unit. */
  unit: massUnitSchema.nullable().default(null),
  /** Columns of the weight with its point; a frame that lost a digit has fewer. */
  numberColumns: z.coerce.number().int().min(4).max(8).default(6),
});

/**
 * Toledo 8217 and 8213: `STX xx.xxx [N] CR`, or `STX ? status CR` when there is no weight to send. Status is bit 0 motion,
 * 1 over, 2 under, 3 outside the zero capture range, 4 centre of zero, 5 net, 6 always 1. No sign and no unit.
 * @see Mettler-Toledo DIVA service manual, page 51; Transcell PC-150 manual, page B-3
 */
export const toledo8217 = defineModel({
  name: 'toledo-8217',
  usedBy: 'Mettler-Toledo 8217, 8213, DIVA and Viva; Brecknell, Transcell and PSC Magellan in 8217 mode',
  options,
  line: [with7E1(9600), with7E1(4800)],
  speak: ({ unit, numberColumns }) => ({
    framing: delimitedFrames({ startByte: STX, endByte: CR, maxBytes: 11 }),
    enquiry: Buffer.from('W\r'),
    commands: { zero: Buffer.from('Z\r'), request: Buffer.from('W\r') },
    decode(frame) {
      const text = textWithin(frame, { start: '\x02', end: '\r' }) ?? '';
      const [, status] = /^\?([@-\x7f])$/.exec(text) ?? [];
      if (status !== undefined) return statusReading(status.charCodeAt(0), unit);
      const [, weight, net] = /^([\d.]+)(N?)$/.exec(text) ?? [];
      const value = weight?.length === numberColumns ? columnNumber(weight) : null;
      if (value === null) return rejected('neither a weight nor a status');
      return readingOf({ value, unit, stable: true, mode: net === 'N' ? 'net' : null });
    },
  }),
});

/** No weight was sent: it is not stable, whatever the motion bit says. */
function statusReading(status: number, unit: MassUnit | null): Decoded {
  const has = (bit: number) => (status & (1 << bit)) !== 0;
  return readingOf({
    value: null,
    unit,
    stable: false,
    mode: has(5) ? 'net' : 'gross',
    zero: has(4),
    fault: has(1) ? 'overload' : has(2) ? 'underload' : undefined,
    details: { outsideZeroCapture: has(3) },
  });
}
