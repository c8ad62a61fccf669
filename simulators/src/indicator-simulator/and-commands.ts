import { requestText } from './request-length.ts';
import type { IndicatorPanel } from './simulated-protocol.ts';
import { bytesOf } from './wire-weight.ts';

const KEYS = { MZ: 'zero', MT: 'tare', CT: 'clear' } as const;

/** A&D's commands (AD-4402): RW reads, keys are echoed when done, `I` when it cannot now, `?` when unknown. */
export function answerAndCommand(
  request: Uint8Array,
  panel: IndicatorPanel,
  read: () => Uint8Array,
): Uint8Array {
  const command = requestText(request);
  if (command === 'RW') return read();
  const key = Object.entries(KEYS).find(([name]) => name === command);
  if (key === undefined) return bytesOf('?\r\n');
  return bytesOf(panel.press(key[1]) === 'done' ? `${command}\r\n` : 'I\r\n');
}
