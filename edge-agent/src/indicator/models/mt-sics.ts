import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crLfLines } from '../cr-lf-lines.ts';
import { defineModel, with8N1 } from '../model.ts';
import { type Decoded, type Reading, rejected } from '../reading.ts';
import { type Indication, readingOf } from '../reading-of.ts';
import { unitField } from '../unit-field.ts';

/** Weight: ten columns, right aligned, then a unit of one to five characters. */
const weightPattern = /^(S|T|TA|TI) ([SDA]) (.{10}) (\S{1,5})$/;
const rangePattern = /^S ([+-])$/;
/** Of a weight only that there is none now (`I`) or that the parameter was wrong (`L`). */
const acknowledgementPattern = /^(SI?(?= [IL]$)|Z|ZI|T|TI|TA|TAC|K|D|DW|SR|SIR|SIU|SU|SNR|ST|@) ([AISDL+-])$/;
const informationPattern = /^(I\d{1,2}) ([ABIL])((?: (?:"[^"\r\n]*"|[^\s"]+))*)$/;
const errors: Readonly<Record<string, string>> = { ES: 'syntax', ET: 'transmission', EL: 'logical' };
/** Of a weight, a tare and an immediate tare: which letters may stand there, and what they say of motion. */
const stabilities: Readonly<Record<string, Readonly<Record<string, boolean | null>>>> = {
  S: { S: true, D: false },
  T: { S: true, D: false },
  TI: { S: true, D: false },
  TA: { A: null },
};

const options = z.strictObject({
  /** `SI` asks for the weight now, `S` waits for a stable one, `SIR` starts a stream and may be repeated. */
  enquiry: z.enum(['SI', 'S', 'SIR', 'none']).default('SI'),
});

/**
 * MT-SICS: `ID SP status SP w1..w10 SP unit CR LF`, and acknowledgements `ID SP code CR LF`. The weight is the one
 * displayed, net when a tare is set; whether it is, the line does not say.
 * @see Mettler-Toledo MT-SICS reference manual, levels 0 and 1; OHAUS 7000 manual, page 109
 */
export const mtSics = defineModel({
  name: 'mt-sics',
  usedBy: 'Mettler-Toledo terminals and balances, OHAUS 7000, BTEK, KERN and others with MT-SICS',
  options,
  line: [with8N1(9600), with8N1(19200), with8N1(4800), with8N1(2400)],
  speak: ({ enquiry }) => ({
    ...crLfLines(160, decodeLine),
    commands: {
      zero: Buffer.from('Z\r\n'),
      tare: Buffer.from('T\r\n'),
      clear_tare: Buffer.from('TAC\r\n'),
      request: Buffer.from('SI\r\n'),
    },
    ...(enquiry === 'none' ? {} : { enquiry: Buffer.from(`${enquiry}\r\n`) }),
  }),
});

function decodeLine(text: string): Decoded {
  const weight = weightPattern.exec(text);
  if (weight !== null) return decodeWeight(weight);
  const range = rangePattern.exec(text);
  if (range !== null) return outside(range[1] === '+' ? 'overload' : 'underload');
  const error = errors[text];
  if (error !== undefined) return { kind: 'answer', facts: { error } };
  const [, ack, code = ''] = acknowledgementPattern.exec(text) ?? [];
  if (ack !== undefined) return { kind: 'answer', facts: { ack, code } };
  const information = informationPattern.exec(text);
  if (information === null) return rejected('no answer of MT-SICS');
  const [, info = '', kind = '', rest = ''] = information;
  const fields = (rest.match(/"[^"]*"|[^\s"]+/g) ?? []).map((field) => field.replaceAll('"', ''));
  return { kind: 'answer', facts: { info, code: kind, fields } };
}

function decodeWeight([, id = '', status = '', columns = '', unitText = '']: RegExpExecArray): Decoded {
  const stable = stabilities[id]?.[status];
  if (stable === undefined) return rejected(`no status ${status} in an answer to ${id}`);
  const value = columnNumber(columns);
  if (value === null) return rejected('weight is not a number of ten columns');
  const unit = unitField(unitText);
  if (unit === null) return rejected('unit is no unit of mass');
  const mode: Reading['mode'] = id === 'S' ? null : 'tare';
  return readingOf({ value, unit, stable, mode });
}

function outside(fault: Indication['fault']): Decoded {
  return readingOf({ value: null, unit: null, stable: false, fault });
}
