import type { Clock } from '@weighgate/protocol';
import type { Program, ProgramEnd } from '../program.ts';

/** How a program ends by itself within so long; null when it does not. */
export async function endOf({ ended }: Program, withinMs: number, clock: Clock): Promise<ProgramEnd | null> {
  const patience = new AbortController();
  const waited = clock.sleep(withinMs, patience.signal).then(
    () => null,
    () => null,
  );
  const end = await Promise.race([ended, waited]);
  patience.abort();
  return end;
}
