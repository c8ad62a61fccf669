import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { bareWeight } from '../bare-weight.ts';
import { modbusOptions, registerDialect } from '../modbus.ts';
import { defineModel, with8N1, with8N2 } from '../model.ts';
import { yaohuaWeight } from '../yaohua-weight.ts';

/**
 * Keli D2008 over Modbus: four holding registers from 40002 with eight characters, a sign, six digits and the number of
 * digits behind the point.
 * @see a public D2008FA parser, at 8N2; no manual was found
 */
export const keliD2008Modbus = defineModel({
  name: 'keli-d2008-modbus',
  usedBy: 'Keli D2008FA over Modbus',
  options: z.strictObject({ ...modbusOptions, unit: massUnitSchema.nullable().default(null) }),
  line: [with8N2(9600), with8N1(9600)],
  speak: ({ unit, ...connection }) =>
    registerDialect({
      ...connection,
      functionCode: 3,
      firstRegister: 1,
      count: 4,
      decode: ({ buffer, byteOffset, byteLength }) =>
        bareWeight(yaohuaWeight(new Uint8Array(buffer, byteOffset, byteLength), 0), unit),
    }),
});
