import { strict as assert } from 'node:assert';
import type { Indication } from './indicator-simulator/indicator.ts';
import type { Random } from './random.ts';

/** The pound is 0.45359237 kg exactly (international yard and pound agreement, 1959). */
const KG_PER_LB = 0.45359237;
const FROZEN_INDICATIONS = { least: 20, most: 200 };

/** How likely each fault is for an indication, 0 to 1. A fault that is not named does not happen. */
export interface IndicationFaults {
  /** The display stops for 20 to 200 indications, and goes on being sent. */
  frozen?: number;
  /** Somebody switches the display from kg to lb or back, and leaves it so. */
  unitChange?: number;
  /** Somebody moves the decimal point: all values are a tenth of what they were, or what they were again. */
  pointChange?: number;
}

/** An indicator that misbehaves as told, the same way every time for the same seed. Takes what it should show. */
export function indicationFaults(
  random: Random,
  faults: IndicationFaults,
): (indication: Indication) => Indication {
  for (const [fault, chance] of Object.entries(faults)) {
    assert(chance >= 0 && chance <= 1, `${fault} is a chance from 0 to 1, not ${chance}`);
  }
  const strikes = (fault: keyof IndicationFaults) => random.next() < (faults[fault] ?? 0);
  let frozen: { indication: Indication; left: number } | undefined;
  let otherUnit = false;
  let otherPoint = false;

  return (indication) => {
    if (strikes('unitChange')) otherUnit = !otherUnit;
    if (strikes('pointChange')) otherPoint = !otherPoint;
    let shown = indication;
    if (otherUnit) shown = inOtherUnit(shown);
    if (otherPoint) shown = atATenth(shown);
    if (frozen === undefined && strikes('frozen')) {
      const left = random.whole(FROZEN_INDICATIONS.least, FROZEN_INDICATIONS.most);
      frozen = { indication: shown, left };
    }
    if (frozen === undefined) return shown;
    const held = frozen.indication;
    frozen.left -= 1;
    if (frozen.left === 0) frozen = undefined;
    return held;
  };
}

/** Every count of an indication changed alike. */
function withCounts(indication: Indication, change: (counts: number) => number): Indication {
  const { displayed, withheld, tare } = indication;
  return {
    ...indication,
    displayed: displayed === null ? null : change(displayed),
    withheld: withheld === null ? null : change(withheld),
    tare: change(tare),
  };
}

function inOtherUnit(indication: Indication): Indication {
  const { unit, interval } = indication;
  const factor = unit === 'kg' ? 1 / KG_PER_LB : KG_PER_LB;
  const change = (counts: number) => Math.round((counts * factor) / interval) * interval;
  return { ...withCounts(indication, change), unit: unit === 'kg' ? 'lb' : 'kg' };
}

/** Fixed zeros go first: a display has either those or decimals. */
function atATenth(indication: Indication): Indication {
  const { interval, decimals } = indication;
  if (interval % 10 !== 0) return { ...indication, decimals: decimals + 1 };
  return { ...withCounts(indication, (counts) => Math.round(counts / 10)), interval: interval / 10 };
}
