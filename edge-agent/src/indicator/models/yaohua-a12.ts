import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { rejected } from '../reading.ts';
import { unitField } from '../unit-field.ts';

const modes: Readonly<Record<string, 'gross' | 'net' | 'tare'>> = { w: 'gross', n: 'net', t: 'tare' };
const line = /^w([wnt])([ -]?[\d.]{7}|-[\d.]{6})([a-z]{2})\r\n$/;

/**
 * Yaohua XK3190-A12 and A27: `ww000.000kg CR LF`; `ww` gross, `wn` net, `wt` tare. The number is seven wide; a minus
 * stands in the first place or before it (the manual prints `wn-0000.1kg`, a capture has `wn 0002.02kg`).
 * @see XK3190-A12/A27 manual; capture of ilwk/weighbridge-reader
 */
export const yaohuaA12 = defineModel({
  name: 'yaohua-a12',
  usedBy: 'Yaohua XK3190-A12, A27',
  options: z.strictObject({}),
  line: [with8N1(9600), with8N1(4800), with8N1(1200)],
  speak: () => ({
    framing: { kind: 'lines', terminator: '\r\n', maxBytes: 14 },
    commands: { request: Buffer.from('R'), tare: Buffer.from('T'), zero: Buffer.from('Z') },
    decode(frame) {
      const match = line.exec(Buffer.from(frame).toString('latin1'));
      if (match === null) return rejected('no line of this format');
      const [, letter = '', weight = '', unitText = ''] = match;
      const unit = unitField(unitText);
      const mode = modes[letter];
      if (unit === null || mode === undefined) return rejected(`${unitText} is no unit known here`);
      return bareWeight(numberField(weight), unit, { mode });
    },
  }),
});
