import { type MakeId, uuidSchema } from '@weighgate/protocol';
import type { Random } from '../random.ts';

/** Ids of the right form from seeded chance alone. */
export function seededIds(random: Random): MakeId {
  const hex = (digits: number) =>
    random
      .whole(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0');
  return () => uuidSchema.parse(`${hex(6)}${hex(2)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`);
}
