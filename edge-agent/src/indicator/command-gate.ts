import { gramsOf, type IndicatorCommand, kgOf } from '@weighgate/protocol';
import type { Dialect } from './model.ts';
import type { Reading } from './reading.ts';

/** Why a command is not sent. */
export type CommandRefusal =
  | { code: 'no_such_command'; has: readonly IndicatorCommand[] }
  | { code: 'no_reading' }
  | { code: 'unusable_reading' }
  | { code: 'not_stable' }
  | { code: 'unit_unknown' }
  | { code: 'not_gross' }
  | { code: 'outside_zero_range'; rangeKg: number }
  | { code: 'nothing_to_tare' };

/** Zero may be set within 4 % of Max around the present zero (OIML R 76-1:2006, 4.5.1). */
const ZERO_RANGE = 0.04;

/** Whether a command may be sent to an indicator that shows this. The order is that in which a person would look. */
export function commandGate(
  command: IndicatorCommand,
  commands: Dialect['commands'],
  {
    reading,
    isStable,
    maxKg,
  }: {
    /** The present reading; null when there is none that is fresh. */
    reading: Reading | null;
    /** By the indicator's own word, or derived where it says nothing. */
    isStable: boolean;
    /** Max of the instrument. */
    maxKg: number;
  },
): CommandRefusal | null {
  if (commands?.[command] === undefined) return { code: 'no_such_command', has: commandsOf(commands) };
  if (reading === null) return { code: 'no_reading' };
  if (reading.value === null) return { code: 'unusable_reading' };
  if (!isStable) return { code: 'not_stable' };
  if (command === 'clear_tare' || command === 'print') return null;
  if (command === 'zero') {
    if (reading.mode === 'net' || reading.mode === 'tare') return { code: 'not_gross' };
    if (reading.unit === null) return { code: 'unit_unknown' };
    const rangeKg = maxKg * ZERO_RANGE;
    return Math.abs(kgOf(gramsOf(reading.value, reading.unit))) <= rangeKg
      ? null
      : { code: 'outside_zero_range', rangeKg };
  }
  const gross = reading.mode === 'net' ? reading.gross : reading.value;
  // A net indication that does not say its gross is taken at its word: the indicator itself refuses a tare below zero.
  return gross === undefined || Number(gross) > 0 ? null : { code: 'nothing_to_tare' };
}

/** The commands a protocol has, without those that only ask. */
function commandsOf(commands: Dialect['commands']): IndicatorCommand[] {
  const all: readonly IndicatorCommand[] = ['zero', 'tare', 'clear_tare', 'print'];
  return all.filter((command) => commands?.[command] !== undefined);
}

/** The refusal in words: what is wrong and what to do. */
export function commandRefusalText(refusal: CommandRefusal): string {
  switch (refusal.code) {
    case 'no_such_command':
      return refusal.has.length === 0
        ? 'This indicator takes no commands over its line. Use its own keys.'
        : `This indicator does not take that command. It takes: ${refusal.has.join(', ')}.`;
    case 'no_reading':
      return 'The indicator shows no weight now. Check its line first.';
    case 'unusable_reading':
      return 'The indicator shows overload, underload or an error. Empty the deck first.';
    case 'not_stable':
      return 'The weight is still moving. Wait until it stands still.';
    case 'unit_unknown':
      return 'The unit of the indicator is not known, so its zero range is not either. Set the option unit.';
    case 'not_gross':
      return 'The indicator shows net. Clear the tare first.';
    case 'outside_zero_range':
      return `Zero can be set only within ${refusal.rangeKg} kg of it. Empty the deck first.`;
    case 'nothing_to_tare':
      return 'There is nothing on the deck to tare.';
  }
}
