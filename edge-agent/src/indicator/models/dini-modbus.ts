import { massUnitSchema } from '@weighgate/protocol';
import { z } from 'zod';
import { modbusOptions, registerDialect } from '../modbus.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberOfDigits } from '../number-field.ts';
import { rejected } from '../reading.ts';

const options = z.strictObject({
  ...modbusOptions,
  /** Digits behind the point: the register does not say. Prove it with a known weight. */
  decimals: z.coerce.number().int().min(0).max(5).default(0),
  unit: massUnitSchema.nullable().default(null),
});

/**
 * Dini Argeo DGT over Modbus: input registers 30001/2 gross, 30003/4 net, as magnitudes without a point, 30005 status:
 * 0 net and 1 gross negative, 2 stable, 3 under, 4 over, 5 tare entered, 6 preset tare, 7 zero.
 * The codes of its command register 40001 are in no page that was reached, so that no command is sent.
 * @see Dini Argeo DGT Modbus manual
 */
export const diniModbus = defineModel({
  name: 'dini-modbus',
  usedBy: 'Dini Argeo DGT, DGT20, DGT4X over Modbus',
  options,
  line: [with8N1(9600), with8N1(115_200)],
  speak: ({ decimals, unit, ...connection }) =>
    registerDialect({
      ...connection,
      functionCode: 4,
      firstRegister: 0,
      count: 5,
      decode(registers) {
        const status = registers.getUint16(8);
        const isSet = (bit: number) => (status & (1 << bit)) !== 0;
        const net = isSet(5);
        const underload = isSet(3);
        const overload = isSet(4);
        const unusable = underload || overload;
        const value = numberOfDigits(String(registers.getUint32(net ? 4 : 0)), decimals, isSet(net ? 0 : 1));
        if (value === null) return rejected('weight is not a number');
        return {
          kind: 'reading',
          reading: {
            value: unusable ? null : value,
            unit,
            stable: !unusable && isSet(2),
            overload,
            underload,
            mode: net ? 'net' : 'gross',
            zero: isSet(7),
            presetTare: isSet(6),
            ...(unusable ? { displayed: value } : {}),
          },
        };
      },
    }),
});
