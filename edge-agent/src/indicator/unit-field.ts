import type { MassUnit } from '@weighgate/protocol';
import { massUnitSchema } from '@weighgate/protocol';

/** Spellings that are not our own names of a unit. */
const spellings: Readonly<Record<string, MassUnit>> = { lbs: 'lb' };

/**
 * The unit a field names, in any case and with blanks around it; null when it is blank or no unit of mass known here.
 * Which unit a bare `t` is differs by make: here it is the tonne.
 */
export function unitField(text: string): MassUnit | null {
  const name = text.trim().toLowerCase();
  return spellings[name] ?? massUnitSchema.safeParse(name).data ?? null;
}
