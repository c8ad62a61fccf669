import { z } from 'zod';
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
import { countsOf, grossOf, isOver, isUnder, shownOf } from './wire-weight.ts';

/** Command values of 40001. */
const KEYS = new Map([
  [1, 'zero'],
  [2, 'tare'],
] as const);

const options = modbusOptions.extend({
  /** Where 30001 is on the wire: masters and devices disagree whether it is 0 or 1. */
  firstAddress: z.union([z.literal(0), z.literal(1)]).default(0),
});

/** Low byte of 30005, from bit 0: net negative, gross negative, stable, under, over, tare, preset tare, gross is zero. */
function statusOf(indication: Indication): number {
  const { motion, tare } = indication;
  const gross = grossOf(indication);
  const bits = [
    shownOf(indication) < 0,
    gross < 0,
    !motion,
    isUnder(indication),
    isOver(indication),
    tare !== 0,
    false,
    gross === 0,
  ];
  return bits.reduce((word, bit, position) => word | (Number(bit) << position), 0);
}

function registersOf(indication: Indication): number[] {
  return [
    ...highAndLowOf(Math.abs(grossOf(indication))),
    ...highAndLowOf(countsOf(indication)),
    statusOf(indication),
    0, // 30006: no command yet.
    0, // 30007: outputs off.
  ];
}

/** Dini Argeo DGT over Modbus (DGT4X p. 11 and 57): input registers 30001 to 30007, command register 40001. No unit, no point. */
export const diniModbus = simulatedProtocol({
  name: 'dini-modbus',
  options,
  mode: 'demand',
  says: ['sign', 'stable', 'mode', 'zero', 'overload', 'underload'],
  encode: (indication, chosen) => modbusReadAnswer(chosen, 'input', registersOf(indication)),
  requestLength: modbusRequestLength,
  answer: (request, panel, chosen) =>
    answerModbus(request, chosen, {
      read: (table, address, count) =>
        table === 'input'
          ? wordsOf(registersOf(panel.indication), chosen.firstAddress, address, count)
          : undefined,
      write(address, words) {
        if (address !== chosen.firstAddress) return false;
        for (const [value, button] of KEYS) if (value === words[0]) panel.press(button);
        return true;
      },
    }),
});
