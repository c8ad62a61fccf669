import { strict as assert } from 'node:assert';
import type { Indication } from './indicator.ts';
import {
  answerModbus,
  highAndLowOf,
  modbusOptions,
  modbusReadAnswer,
  modbusRequestLength,
  wordsOf,
} from './modbus-slave.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { countsOf, grossOf, isOver, shownOf } from './wire-weight.ts';

/** 40006 command, 40007 status, 40008 gross, 40010 net, 40012 peak, 40014 division and unit. */
const COMMAND = 5;
const UNITS = { kg: 0, lb: 3 };
/** Values of the command register; anything else is taken and does nothing. */
const KEYS = new Map([
  [7, 'tare'],
  [8, 'zero'],
  [9, 'clear'],
] as const);

/** Division code of the low byte of 40014: 0 is 100, 1 is 50 and so on down to 18, which is 0.0001. */
function divisionOf({ interval, decimals }: Indication): number {
  const code = [1, 5, 2].indexOf(Number(String(interval).charAt(0)));
  assert(code >= 0, `an interval starts with 1, 2 or 5: ${interval}`);
  const exponent = String(interval).length - 1 - decimals;
  const first = code === 0 ? exponent : exponent + 1;
  const division = (2 - first) * 3 + code;
  assert(division >= 0 && division <= 18, 'the register has no code for this interval');
  return division;
}

function statusOf(indication: Indication): number {
  const { net, motion, centreOfZero } = indication;
  const bits: [boolean, number][] = [
    [isOver(indication), 2],
    [grossOf(indication) < 0, 7],
    [net ? shownOf(indication) < 0 : grossOf(indication) < 0, 8],
    [net, 10],
    [!motion, 11],
    [centreOfZero, 12],
  ];
  return bits.reduce((word, [set, bit]) => word | (Number(set) << bit), 0);
}

function registersOf(indication: Indication): number[] {
  const gross = Math.abs(grossOf(indication));
  return [
    statusOf(indication),
    ...highAndLowOf(gross),
    ...highAndLowOf(countsOf(indication)),
    ...highAndLowOf(gross),
    (UNITS[indication.unit] << 8) | divisionOf(indication),
  ];
}

/**
 * Laumas TLB, W100, TLU and LCB over Modbus (TLU p. 30, LCB p. 3): magnitudes without point, signs in the status register, point
 * and unit in 40014. There is no bit for underload. Peak is not simulated and shows the gross weight.
 */
export const laumasModbus = simulatedProtocol({
  name: 'laumas-modbus',
  options: modbusOptions,
  mode: 'demand',
  says: ['sign', 'decimals', 'unit', 'stable', 'mode', 'zero', 'overload'],
  encode: (indication, chosen) => modbusReadAnswer(chosen, 'holding', registersOf(indication)),
  requestLength: modbusRequestLength,
  answer: (request, panel, chosen) =>
    answerModbus(request, chosen, {
      read: (_, address, count) => wordsOf([0, ...registersOf(panel.indication)], COMMAND, address, count),
      write(address, words) {
        if (address !== COMMAND) return false;
        for (const [value, button] of KEYS) if (value === words[0]) panel.press(button);
        return true;
      },
    }),
});
