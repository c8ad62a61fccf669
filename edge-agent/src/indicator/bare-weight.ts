import type { MassUnit } from '@weighgate/protocol';
import { type Decoded, type Reading, rejected } from './reading.ts';

/**
 * What a frame says that carries a weight and no word about its stability.
 * @param value null when the weight field is not a number
 * @param said what this frame says besides
 */
export function bareWeight(
  value: string | null,
  unit: MassUnit | null,
  said: Partial<Reading> = {},
): Decoded {
  if (value === null) return rejected('weight field is not a number');
  return {
    kind: 'reading',
    reading: {
      value,
      unit,
      stable: null,
      overload: false,
      underload: false,
      mode: null,
      zero: null,
      ...said,
    },
  };
}
