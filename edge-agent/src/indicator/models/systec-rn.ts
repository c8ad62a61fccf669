import { z } from 'zod';
import { columnNumber } from '../column-number.ts';
import { crc16Modbus } from '../crc16.ts';
import { delimitedFrames } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { type Decoded, rejected } from '../reading.ts';
import { readingOf } from '../reading-of.ts';
import { textDecoder, textWithin } from '../text-decoder.ts';
import { unitField } from '../unit-field.ts';

const START = 0x3c;
const LF = 0x0a;
const END = 0x3e;
const CRC_AT = 54;

type Field =
  | 'error'
  | 'status'
  | 'date'
  | 'time'
  | 'ident'
  | 'scale'
  | 'gross'
  | 'tare'
  | 'net'
  | 'unit'
  | 'tareCode'
  | 'range'
  | 'terminal'
  | 'crc';

const marksOf = { crlf: { start: '<', end: '>\r\n' }, none: { start: '<', end: '>' } };
const form = new RegExp(
  [
    '^(?<error>\\d{2})(?<status>\\d{2})(?<date>\\d{2}\\.\\d{2}\\.\\d{2})(?<time>\\d{2}:\\d{2})(?<ident>[ \\d]{4})(?<scale>[ \\d])',
    '(?<gross>[ \\d.-]{8})(?<tare>[ \\d.-]{8})(?<net>[ \\d.-]{8})(?<unit>kg|t | t|g | g|lb)(?<tareCode>[ -~]{2})(?<range>[ \\d])',
    '(?<terminal>[ \\d]{3})(?<crc>[ \\d]{7}\\d)$',
  ].join(''),
);

/**
 * Systec IT remote protocol, the answer to `<RN>` (register) and `<RM>` (read): `< error2 status2 date8 time5 ident4
 * scale1 gross8 tare8 net8 unit2 tarecode2 range1 terminal3 crc8 > CR LF`. The CRC is CRC-16/MODBUS over the 54
 * characters before it, as a decimal number. An error is answered with its two digits alone: `<13>`.
 * @see Systec IT remote protocol, example answer to `<RN>`
 */
export const systecRn = defineModel({
  name: 'systec-rn',
  usedBy: 'Systec IT1, IT3000, IT4000, IT6000 and IT8000 over TCP port 1234 or serial',
  options: z.strictObject({
    /** Whether CR LF follows the closing mark. */
    terminator: z.enum(['crlf', 'none']).default('crlf'),
  }),
  line: [with8N1(9600)],
  speak: ({ terminator }) => ({
    framing: delimitedFrames({ startByte: START, endByte: terminator === 'crlf' ? LF : END, maxBytes: 66 }),
    enquiry: Buffer.from('<RM>\r\n'),
    commands: {
      zero: Buffer.from('<SZ>\r\n'),
      print: Buffer.from('<RN>\r\n'),
      request: Buffer.from('<RM>\r\n'),
    },
    decode(frame) {
      const text = textWithin(frame, marksOf[terminator]) ?? '';
      if (/^\d{2}$/.test(text)) return { kind: 'answer', facts: { error: text } };
      const crc = crc16Modbus(Buffer.from(text.slice(0, CRC_AT), 'latin1'));
      if (Number(text.slice(CRC_AT)) !== crc) return rejected('CRC is wrong');
      return decodeWeight[terminator](frame);
    },
  }),
});

const readWeight = (fields: Record<Field, string>): Decoded => {
  const { error, status } = fields;
  const gross = columnNumber(fields.gross);
  const tare = columnNumber(fields.tare);
  const net = columnNumber(fields.net);
  if (gross === null || tare === null || net === null) return rejected('weight is not a number');
  return readingOf({
    value: gross,
    unit: unitField(fields.unit),
    // Of the status only 00 is known: whatever else it says is no proof of standing still.
    stable: status === '00',
    mode: 'gross',
    tare,
    net,
    fault: error === '00' ? undefined : { error },
    ...(/[1-9]/.test(fields.range) ? { range: Number(fields.range) } : {}),
    details: {
      status,
      date: fields.date,
      time: fields.time,
      ident: fields.ident.trim(),
      scale: fields.scale.trim(),
      tareCode: fields.tareCode.trim(),
      terminal: fields.terminal.trim(),
      crc: Number(fields.crc),
    },
  });
};

const decodeWeight = {
  crlf: textDecoder<Field>(marksOf.crlf, form, readWeight),
  none: textDecoder<Field>(marksOf.none, form, readWeight),
};
