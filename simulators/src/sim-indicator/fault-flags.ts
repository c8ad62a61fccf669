import type { LineFaults } from '../faulty-line.ts';
import type { IndicationFaults } from '../indication-faults.ts';
import { halvesOf, numberOf, WrongFlagError } from './flag-value.ts';

/** Without --fault replug a pulled cable is back in some three seconds. */
const DEFAULT_REPLUG_PER_SECOND = 0.3;

/** What goes wrong, and how often. */
export interface Faults {
  lineFaults: LineFaults;
  indicationFaults: IndicationFaults;
  /** Chance that the cable is pulled, for each second. */
  unplugPerSecond: number;
  /** Chance that a pulled cable is put back, for each second. */
  replugPerSecond: number;
  /** What was asked for, as it was written. */
  words: readonly string[];
}

const lineFaults: Record<string, keyof LineFaults> = {
  split: 'split',
  merge: 'merge',
  drop: 'drop',
  flip: 'flip',
  garble: 'garble',
  stall: 'stall',
  'wrong-baud': 'wrongBaud',
  '7e1-as-8n1': 'parityAsData',
};
const indicationFaultNames: Record<string, keyof IndicationFaults> = {
  frozen: 'frozen',
  'unit-change': 'unitChange',
  'point-change': 'pointChange',
};
const cableFaults = ['unplug', 'replug'];
/** As they are written on the command line. */
export const faultNames = [...Object.keys(lineFaults), ...Object.keys(indicationFaultNames), ...cableFaults];

/** The faults of every --fault NAME=CHANCE. @throws WrongFlagError */
export function faultsOf(given: readonly string[]): Faults {
  const chances = chancesOf(given);
  return {
    lineFaults: picked(lineFaults, chances),
    indicationFaults: picked(indicationFaultNames, chances),
    unplugPerSecond: chances.get('unplug') ?? 0,
    replugPerSecond: chances.get('replug') ?? DEFAULT_REPLUG_PER_SECOND,
    words: [...chances].map(([name, chance]) => `${name} ${chance}`),
  };
}

function chancesOf(given: readonly string[]): Map<string, number> {
  return new Map(
    given.map((pair) => {
      const [name, chance] = halvesOf('--fault', pair);
      if (!faultNames.includes(name)) {
        throw new WrongFlagError(`There is no fault "${name}". Faults: ${faultNames.join(', ')}.`);
      }
      return [name, numberOf(`--fault ${name}`, chance, 0, 1)];
    }),
  );
}

function picked<Key extends string>(
  names: Readonly<Record<string, Key>>,
  faults: ReadonlyMap<string, number>,
): Partial<Record<Key, number>> {
  const chosen: Partial<Record<Key, number>> = {};
  for (const [name, key] of Object.entries(names)) {
    const chance = faults.get(name);
    if (chance !== undefined) chosen[key] = chance;
  }
  return chosen;
}
