import type { MassUnit } from '@weighgate/protocol';
import { numberField } from './number-field.ts';
import { type Decoded, rejected } from './reading.ts';

/**
 * A reading of Rinstrum's automatic outputs, whose weight stands at 1 to 8: a sign or a blank, and seven characters.
 * @param said what the letters behind the weight say; `status` is one of G N M O U E
 */
export function rinstrumWeight(
  text: string,
  said: { status: string; moving: boolean; unit: MassUnit | null; zero: boolean | null; range?: number },
): Decoded {
  const { status, moving, ...facts } = said;
  const mode = status === 'G' ? ('gross' as const) : status === 'N' ? ('net' as const) : null;
  const overload = status === 'O';
  const underload = status === 'U';
  const field = text.slice(1, 9);
  const shown = /^[ -] *[\d.]+$/.test(field) ? numberField(field) : null;
  const reading = { value: null, stable: false, overload, underload, mode, ...facts };
  if (overload || underload || status === 'E') {
    const displayed = shown === null ? {} : { displayed: shown };
    const error = status === 'E' ? { error: 'error' } : {};
    return { kind: 'reading', reading: { ...reading, ...displayed, ...error } };
  }
  if (shown === null) return rejected('weight field is not a number');
  return { kind: 'reading', reading: { ...reading, value: shown, stable: !moving } };
}
