import type { Indication } from './indicator.ts';

/** An indication of a gross weight in kg, standing still, that was never on a scale: for tests and tables. */
export function grossKg(displayed: number | null, more: Partial<Indication> = {}): Indication {
  return {
    displayed,
    withheld: null,
    negative: false,
    decimals: 0,
    unit: 'kg',
    interval: 20,
    net: false,
    tare: 0,
    motion: false,
    centreOfZero: displayed === 0,
    outOfRange: false,
    zeroedSincePowerUp: true,
    ...more,
  };
}
