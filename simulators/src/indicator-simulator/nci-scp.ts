import { z } from 'zod';
import type { Indication } from './indicator.ts';
import { requestText, requestToCr } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, isOver, isUnder, shownOf, textOf } from './wire-weight.ts';

const WEIGHT_WIDTH = 7;
/** Bits 4 and 5 are always set, so that a status is a printable character. */
const ALWAYS = 0x30;
/** Bit 6 of the second byte: another one follows. */
const BYTE_FOLLOWS = 0x40;

const options = z.strictObject({
  /** SCP-12 turns the motion bit round: 0 is motion. */
  variant: z.enum(['01', '12']).default('01'),
  statusBytes: z.union([z.literal(2), z.literal(3)]).default(3),
});
type Options = z.infer<typeof options>;

function statusOf(indication: Indication, { variant, statusBytes }: Options): string {
  const { motion, centreOfZero, net, zeroedSincePowerUp } = indication;
  const motionBit = Number(motion === (variant === '01'));
  const first = ALWAYS | motionBit | (Number(centreOfZero) << 1);
  const second = ALWAYS | Number(isUnder(indication)) | (Number(isOver(indication)) << 1);
  if (statusBytes === 2) return String.fromCharCode(first, second);
  const third = ALWAYS | (Number(net) << 2) | (Number(!zeroedSincePowerUp) << 3);
  return String.fromCharCode(first, second | BYTE_FOLLOWS, third);
}

function weightOf(indication: Indication): string {
  if (isOver(indication)) return '^'.repeat(WEIGHT_WIDTH);
  if (isUnder(indication)) return '_'.repeat(WEIGHT_WIDTH);
  return fieldOf(textOf(shownOf(indication), indication.decimals), WEIGHT_WIDTH);
}

const statusLine = (indication: Indication, chosen: Options) => `\n${statusOf(indication, chosen)}\r\x03`;
const weightAnswer = (indication: Indication, chosen: Options) =>
  bytesOf(`\n${weightOf(indication)}${indication.unit}\r${statusLine(indication, chosen)}`);

/** NCI SCP-01 and SCP-12 (Weigh-Tronix 7821 p. 25, NCI 7800 p. 32): W weight and status, S status, Z zero. */
export const nciScp = simulatedProtocol({
  name: 'nci-scp',
  options,
  mode: 'demand',
  says: ({ statusBytes }) => [
    'sign',
    'decimals',
    'unit',
    'stable',
    'zero',
    'overload',
    'underload',
    ...(statusBytes === 3 ? (['mode', 'power-up zero'] as const) : []),
  ],
  encode: weightAnswer,
  requestLength: requestToCr,
  answer(request, panel, chosen) {
    switch (requestText(request)) {
      case 'W':
        return weightAnswer(panel.indication, chosen);
      case 'S':
        return bytesOf(statusLine(panel.indication, chosen));
      case 'Z':
        panel.press('zero');
        return bytesOf(statusLine(panel.indication, chosen));
      default:
        return bytesOf('\n?\r\x03');
    }
  },
});
