import { z } from 'zod';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, grossOf, shownOf } from './wire-weight.ts';
import { yaohuaCheckOf } from './yaohua-check.ts';
import { yaohuaWeightOf } from './yaohua-xor.ts';

const REQUEST_BYTES = 6;
const STX = 0x02;

const options = z.strictObject({
  address: z
    .string()
    .regex(/^[A-Z]$/)
    .default('A'),
  checkLetters: z.enum(['hex', 'plus30']).default('hex'),
  /** On a two-wire RS-485 line whoever asks hears his own request first. */
  echo: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

const framed = (inside: string, { checkLetters }: Options) =>
  bytesOf(`\x02${inside}${yaohuaCheckOf(bytesOf(inside), checkLetters)}\x03`);

/**
 * Yaohua XK3190 on request, tF=1 (A9+, Keli K9-R p. 9): handshake A, gross B, tare C, net D; Keli adds H zero and I tare
 * off. A request for another address or with a wrong check stays without answer, and so does a weight out of range.
 */
export const yaohuaCommand = simulatedProtocol({
  name: 'yaohua-command',
  options,
  mode: 'demand',
  says: ['sign', 'decimals', 'mode'],
  encode(indication, chosen) {
    if (indication.outOfRange) return null;
    const weight = yaohuaWeightOf(shownOf(indication), indication.decimals);
    return framed(`${chosen.address}${indication.net ? 'D' : 'B'}${weight}`, chosen);
  },
  requestLength(received) {
    if (received.length > 0 && received[0] !== STX) return 1;
    return received.length < REQUEST_BYTES ? 0 : REQUEST_BYTES;
  },
  answer(request, panel, chosen) {
    const { address, echo } = chosen;
    const command = String.fromCharCode(request[2] ?? 0);
    if (!Buffer.from(framed(address + command, chosen)).equals(request)) return null;
    const { indication } = panel;
    const weight = (counts: number) =>
      indication.outOfRange
        ? null
        : framed(address + command + yaohuaWeightOf(counts, indication.decimals), chosen);
    const said = () => {
      switch (command) {
        case 'B':
          return weight(grossOf(indication));
        case 'C':
          return weight(indication.tare);
        case 'D':
          return weight(shownOf(indication));
        case 'H':
          return panel.press('zero') === 'done' ? framed(address + command, chosen) : null;
        case 'I':
          panel.press('clear');
          return framed(address + command, chosen);
        default:
          return command === 'A' ? framed(address + command, chosen) : null;
      }
    };
    const answer = said();
    if (!echo) return answer;
    return Uint8Array.from([...request, ...(answer ?? [])]);
  },
});
