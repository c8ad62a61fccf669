import { z } from 'zod';
import { flintecWeightOf } from './flintec-fast.ts';
import type { Indication } from './indicator.ts';
import { requestText, requestToLf } from './request-length.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, grossOf, isOver, shownOf } from './wire-weight.ts';

const options = z.strictObject({
  /** Two digits; 00 is left out of commands and answers. */
  address: z
    .string()
    .regex(/^\d\d$/)
    .default('01'),
  /** Whether two check characters stand before CR LF, both ways. */
  check: z.boolean().default(false),
  /** The command whose answer is sent when nobody asks: A net, tare and gross, B gross, I as displayed. */
  command: z.enum(['A', 'B', 'I']).default('A'),
});
type Options = z.infer<typeof options>;

const KEYS = { T: 'tare', Z: 'zero', C: 'clear' } as const;

/** Flintec's check: 0 minus the sum of all bytes before it, as two hex digits. `01P` has 4F (FT-111 p. 92). */
export function bsiCheckOf(text: string): string {
  const sum = bytesOf(text).reduce((total, byte) => total + byte, 0);
  return (-sum & 0xff).toString(16).toUpperCase().padStart(2, '0');
}

function weightsOf(command: string, indication: Indication): readonly number[] | undefined {
  const gross = grossOf(indication);
  const { tare } = indication;
  const weights: Record<string, readonly number[]> = {
    A: [gross - tare, tare, gross],
    B: [gross],
    I: [shownOf(indication)],
    P: [shownOf(indication)],
  };
  return weights[command];
}

function reportOf(command: string, indication: Indication): string | undefined {
  const weights = weightsOf(command, indication);
  if (weights === undefined) return undefined;
  if (command === 'P' && (indication.motion || indication.outOfRange)) return 'N';
  if (indication.outOfRange) return isOver(indication) ? '+' : '-';
  const texts = weights.map((counts) => flintecWeightOf(counts, indication.decimals));
  return `${indication.motion ? 'D' : 'S'}${texts.join('')}`;
}

function lineOf(text: string, { address, check }: Options): Uint8Array {
  const content = `${address === '00' ? '' : address}${text}`;
  return bytesOf(`${content}${check ? bsiCheckOf(content) : ''}\r\n`);
}

/** Flintec BSI (FT-111 p. 91-93): address, command, status, sign, eight characters. Keys answer A for done, N for refused. */
export const flintecBsi = simulatedProtocol({
  name: 'flintec-bsi',
  options,
  mode: 'demand',
  says: ({ command }) => [
    'sign',
    'decimals',
    'stable',
    'overload',
    'underload',
    ...(command === 'A' ? (['tare'] as const) : []),
    ...(command === 'B' ? (['mode'] as const) : []),
  ],
  encode: (indication, chosen) => lineOf(`${chosen.command}${reportOf(chosen.command, indication)}`, chosen),
  requestLength: requestToLf,
  answer(request, panel, chosen) {
    const prefix = chosen.address === '00' ? '' : chosen.address;
    const text = requestText(request);
    const content = chosen.check ? text.slice(0, -2) : text;
    if (!content.startsWith(prefix) || (chosen.check && !text.endsWith(bsiCheckOf(content)))) return null;
    const command = content.slice(prefix.length);
    const report = reportOf(command, panel.indication);
    if (report !== undefined) return lineOf(`${command}${report}`, chosen);
    const key = Object.entries(KEYS).find(([letter]) => letter === command);
    if (key === undefined) return lineOf(`${command}X`, chosen);
    return lineOf(`${command}${panel.press(key[1]) === 'done' ? 'A' : 'N'}`, chosen);
  },
});
