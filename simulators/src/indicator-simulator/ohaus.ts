import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToLf } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, magnitudeOf } from './wire-weight.ts';

const options = z.strictObject({
  /** What stands behind a gross and a net weight. */
  legend: z.enum(['G N', 'G NET', 'none N']).default('G N'),
});
type Options = z.infer<typeof options>;

const LEGENDS: Record<Options['legend'], readonly [gross: string, net: string]> = {
  'G N': ['G', 'N'],
  'G NET': ['G', 'NET'],
  'none N': ['', 'N'],
};

function encodeOhaus(indication: Indication, { legend }: Options): Uint8Array {
  const { negative, outOfRange, motion, net, unit } = indication;
  const [gross, netLegend] = LEGENDS[legend];
  const weight = fieldOf(outOfRange ? '' : magnitudeOf(indication), 7);
  const polarity = negative && !outOfRange ? '-' : ' ';
  return bytesOf(`${polarity}${weight} ${unit.padEnd(5)}${motion ? '?' : ' '}${net ? netLegend : gross}\r\n`);
}

/**
 * Ohaus Defender 3000 (manual p. 35 and a capture): polarity, weight, unit, `?` while it moves, legend. Out of range manuals
 * differ; here the weight is blank. P and IP print, T tares, Z zeroes.
 */
export const ohaus = simulatedProtocol({
  name: 'ohaus',
  options,
  says: ({ legend }) => [
    'sign',
    'decimals',
    'unit',
    'stable',
    ...(legend === 'none N' ? [] : (['mode'] as const)),
  ],
  encode: encodeOhaus,
  requestLength: requestToLf,
  answer(request, panel, chosen) {
    switch (requestText(request)) {
      case 'P':
      case 'IP':
        return encodeOhaus(panel.indication, chosen);
      case 'T':
        panel.press('tare');
        return null;
      case 'Z':
        panel.press('zero');
        return null;
      default:
        return bytesOf('ES\r\n');
    }
  },
});
