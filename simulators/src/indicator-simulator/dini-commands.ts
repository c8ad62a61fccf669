import { requestText } from './request-length.ts';
import type { IndicatorPanel } from './simulated-protocol.ts';
import { bytesOf } from './wire-weight.ts';

const KEYS = { TARE: 'tare', T: 'tare', ZERO: 'zero', Z: 'zero', CLEAR: 'clear', C: 'clear' } as const;

/**
 * Dini Argeo's serial commands (3590EXP p. 69): `OK`, `ERR03` when not allowed now, `ERR04` when unknown.
 * @param address two digits in front of command and answer, or none
 * @param reads what each reading command sends
 */
export function answerDiniCommand(
  request: Uint8Array,
  panel: IndicatorPanel,
  address: string,
  reads: Readonly<Record<string, () => Uint8Array>>,
): Uint8Array | null {
  const text = requestText(request);
  if (!text.startsWith(address)) return null;
  const command = text.slice(address.length);
  const read = reads[command];
  if (read !== undefined) return read();
  const said = (answer: string) => bytesOf(`${address}${answer}\r\n`);
  const key = Object.entries(KEYS).find(([name]) => name === command);
  if (key === undefined) return said('ERR04');
  return said(panel.press(key[1]) === 'done' ? 'OK' : 'ERR03');
}
