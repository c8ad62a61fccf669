import type { Indication } from './indicator.ts';
import {
  answerModbus,
  modbusOptions,
  modbusReadAnswer,
  modbusRequestLength,
  wordsOf,
} from './modbus-slave.ts';
import { simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, shownOf } from './wire-weight.ts';
import { yaohuaWeightOf } from './yaohua-xor.ts';

const FIRST = 1;

/**
 * Sign, six digits and the place of the point as eight characters in four registers. That the reply is ASCII digits is known
 * from programs that read it; that the eighth character is the point, as in Keli's other formats, is inferred.
 */
function registersOf(indication: Indication): number[] {
  const text = Buffer.from(bytesOf(yaohuaWeightOf(shownOf(indication), indication.decimals)));
  return [0, 2, 4, 6].map((at) => text.readUInt16BE(at));
}

/** Keli D2008 over Modbus: the request `01 03 00 01 00 04` is answered with ASCII digits. Silent out of range. */
export const keliD2008Modbus = simulatedProtocol({
  name: 'keli-d2008-modbus',
  options: modbusOptions,
  mode: 'demand',
  says: ['sign', 'decimals'],
  encode: (indication, chosen) =>
    indication.outOfRange ? null : modbusReadAnswer(chosen, 'holding', registersOf(indication)),
  requestLength: modbusRequestLength,
  answer: (request, panel, chosen) =>
    panel.indication.outOfRange
      ? null
      : answerModbus(request, chosen, {
          read: (_, address, count) => wordsOf(registersOf(panel.indication), FIRST, address, count),
          write: () => false,
        }),
});
