import { z } from 'zod';
import { gramsSchema } from './mass.ts';

/** A container's id as painted on it. */
export const containerIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,15}$/, 'must be 1 to 15 characters of letters, digits, - and _');

/** What stood on the deck at one weighing: its weight, and the containers declared with it. */
export interface DeckWeight {
  grossG: number;
  containers: readonly string[];
}

export const netSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('known'), netG: gramsSchema, truckTareG: gramsSchema }),
  z.strictObject({ kind: z.literal('pending'), waitingFor: z.array(containerIdSchema).min(1).max(100) }),
]);
/** The outcome of the net rule: known, or pending until the named containers have a tare. */
export type Net = z.infer<typeof netSchema>;

/**
 * The net rule: `net = (Win - tares(Cin)) - (Wout - tares(Cout))`, in grams, signed, never clamped.
 *
 * Containers declared at both weighings never left the truck; containers declared only at the first were unloaded
 * with the load. A container named twice counts once. A container without a tare makes the net pending: it is never
 * taken for zero. The truck's tare is what stood on the deck at the second weighing less its containers.
 */
export function netOf(first: DeckWeight, second: DeckWeight, tareG: ReadonlyMap<string, number>): Net {
  const containersIn = new Set(first.containers);
  const containersOut = new Set(second.containers);
  const waitingFor = [...containersIn.union(containersOut)].filter((id) => !tareG.has(id)).sort();
  if (waitingFor.length > 0) return { kind: 'pending', waitingFor };
  const sumOf = (ids: ReadonlySet<string>) => [...ids].reduce((sum, id) => sum + (tareG.get(id) ?? 0), 0);
  const truckTareG = second.grossG - sumOf(containersOut);
  return { kind: 'known', netG: first.grossG - sumOf(containersIn) - truckTareG, truckTareG };
}
