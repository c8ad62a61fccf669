import { z } from 'zod';
import { answerAndCommand } from './and-commands.ts';
import { answerDiniCommand } from './dini-commands.ts';
import { diniStatusOf } from './dini-extended.ts';
import type { Indication } from './indicator.ts';
import { requestToLf } from './request-length.ts';
import { simulatedProtocol, type WireFact } from './simulated-protocol.ts';
import { bytesOf, countsOf, fieldOf, magnitudeOf, shownOf, textOf, zeroedFieldOf } from './wire-weight.ts';

const options = z.strictObject({
  dialect: z.enum(['dini', 'a-and-d', 't-scale', 'excell', 'tiger']).default('dini'),
  /** Dini Argeo only: RS-485 address in front of the line, two digits; empty for none. */
  address: z
    .string()
    .regex(/^(?:\d\d)?$/)
    .default(''),
  /** A&D only: what models say out of range, over or under alike; AD-4406 and AD-4329 `OL`, AD-4402 and AD-4404 `LO`. */
  outOfRange: z.enum(['OL', 'LO']).default('OL'),
});
type Options = z.infer<typeof options>;

type Encode = (indication: Indication, options: Options) => string;

/** All but Dini Argeo and A&D: `OL` out of range; the sign tells over from under. */
const statusOf = ({ outOfRange, motion }: Indication) => (outOfRange ? 'OL' : motion ? 'US' : 'ST');
const modeOf = ({ net }: Indication) => (net ? 'NT' : 'GS');
const signOf = ({ negative }: Indication) => (negative ? '-' : '+');

const encodeDini: Encode = (indication, { address }) => {
  const weight = fieldOf(textOf(shownOf(indication), indication.decimals), 8);
  return `${address}${diniStatusOf(indication)},${modeOf(indication)},${weight},${indication.unit}`;
};

const encodeAnd: Encode = (indication, { outOfRange }) => {
  const { motion, unit, decimals } = indication;
  const mode = modeOf(indication);
  if (indication.outOfRange) return `${outOfRange},${mode},${' '.repeat(8)}${unit}`;
  const weight = `${signOf(indication)}${zeroedFieldOf(countsOf(indication), decimals, 7)}`;
  return `${motion ? 'US' : 'ST'},${mode},${weight}${unit}`;
};

const encodeTScale: Encode = (indication) => {
  const weight = fieldOf(magnitudeOf(indication), 8);
  return `${statusOf(indication)},${modeOf(indication)},${signOf(indication)}${weight}${indication.unit}`;
};

const encodeExcell: Encode = (indication) => {
  const head = `${statusOf(indication)},${modeOf(indication)},${signOf(indication)}`;
  if (indication.outOfRange) return `${head}${' '.repeat(12)}`;
  return `${head}${fieldOf(magnitudeOf(indication), 9)} ${indication.unit}`;
};

const encodeTiger: Encode = (indication) => {
  const sign = indication.negative ? '-' : ' ';
  const weight = indication.outOfRange ? ' '.repeat(7) : fieldOf(magnitudeOf(indication), 7);
  return `${statusOf(indication)},${modeOf(indication)}${sign}${weight},${indication.unit}`;
};

const dialects: Record<Options['dialect'], Encode> = {
  dini: encodeDini,
  'a-and-d': encodeAnd,
  't-scale': encodeTScale,
  excell: encodeExcell,
  tiger: encodeTiger,
};

const encode = (indication: Indication, chosen: Options) =>
  bytesOf(`${dialects[chosen.dialect](indication, chosen)}\r\n`);

const both: readonly WireFact[] = ['sign', 'decimals', 'unit', 'stable', 'mode', 'overload', 'underload'];
const either: readonly WireFact[] = ['sign', 'decimals', 'unit', 'stable', 'mode', 'out of range'];

/**
 * The `ST,GS` lines (Dini Argeo 3590EXP p. 65; A&D AD-4402, 18 bytes; T-Scale, Selleton and Vector; Excell H3 and KERN KXS,
 * 21 bytes; Tiger TI-02 p. 21, sign in the place of the second comma).
 */
export const stGsCsv = simulatedProtocol({
  name: 'st-gs-csv',
  options,
  says: ({ dialect }) => (dialect === 'a-and-d' ? either : both),
  encode,
  requestLength: requestToLf,
  answer(request, panel, chosen) {
    const read = () => encode(panel.indication, chosen);
    if (chosen.dialect === 'dini')
      return answerDiniCommand(request, panel, chosen.address, { READ: read, R: read });
    return chosen.dialect === 'a-and-d' ? answerAndCommand(request, panel, read) : null;
  },
});
