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
 * Laumas over Modbus: holding registers 40007 status, 40008/9 gross, 40010/11 net, as magnitudes without a point; the
 * signs are bits of the status: 0 load cell fault, 1 converter fault, 2 above Max + 9 d, 3 above 110 %, 4 gross and
 * 5 net beyond 999999, 7 gross and 8 net negative, 10 net shown, 11 stable, 12 within a quarter of d of zero.
 * @see Laumas TLB, W100 and LCB manuals (LCB, page 8)
 */
export const laumasModbus = defineModel({
  name: 'laumas-modbus',
  usedBy: 'Laumas TLB, W100, TLU, LCB; CAS CI-600D; over Modbus',
  options,
  line: [with8N1(9600), with8N1(19_200)],
  speak: ({ decimals, unit, ...connection }) =>
    registerDialect({
      ...connection,
      functionCode: 3,
      firstRegister: 6,
      count: 5,
      // Command register 40006: 7 shows net (semi-automatic tare), 8 semi-automatic zero, 9 shows gross.
      writes: { tare: [5, 7], zero: [5, 8], clear_tare: [5, 9] },
      decode(registers) {
        const status = registers.getUint16(0);
        const isSet = (bit: number) => (status & (1 << bit)) !== 0;
        const net = isSet(10);
        const negative = isSet(net ? 8 : 7);
        const beyondDigits = isSet(4) || (net && isSet(5));
        const overload = isSet(2) || isSet(3) || (beyondDigits && !negative);
        const underload = beyondDigits && negative;
        const error = isSet(0) ? 'loadCell' : isSet(1) ? 'adc' : null;
        const unusable = overload || underload || error !== null;
        const value = numberOfDigits(String(registers.getUint32(net ? 6 : 2)), decimals, negative);
        if (value === null) return rejected('weight is not a number');
        return {
          kind: 'reading',
          reading: {
            value: unusable ? null : value,
            unit,
            stable: !unusable && isSet(11),
            overload,
            underload,
            mode: net ? 'net' : 'gross',
            zero: isSet(12),
            ...(error === null ? {} : { error }),
            ...(unusable ? { displayed: value } : {}),
          },
        };
      },
    }),
});
