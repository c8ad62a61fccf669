import { z } from 'zod';
import { crc16Ccitt } from '../crc16.ts';
import type { MarkedFraming } from '../framing.ts';
import { defineModel, with8N1 } from '../model.ts';
import { numberField } from '../number-field.ts';
import { type Decoded, rejected } from '../reading.ts';
import { unitField } from '../unit-field.ts';

const SOH = 0x01;
const EOT = 0x04;
const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const MAX_BYTES = 64;
const HEAD = 9;

const READ_LITERAL = '05';
const READ_HEX = '11';
const message = /^([\dA-F]{2})([\dA-F]{2})([\dA-F]{4}):([ -~]*)$/;
const literal = /^ *([+-]? *[\d.]+) +([a-z]{1,3})(?: +([GN]))?$/;
const modes: Readonly<Record<string, 'gross' | 'net' | 'tare'>> = {
  '0026': 'gross',
  '0027': 'net',
  '0028': 'tare',
  G: 'gross',
  N: 'net',
};
const weightRegisters = ['0025', '0026', '0027', '0028'];

/**
 * Rinstrum network protocol: `AACCRRRR:data`, ended by CR LF or `;`, or between SOH and `CRC4 EOT` (CRC-16 of CCITT over
 * the message). AA is the address with 80h in an answer, 40h in an error, 20h when an answer is wanted; CC 05 reads a
 * register as text, 11 as hex, 10 executes. Only text carries point and unit: what is read as hex is an answer.
 * @see Rinstrum R420/R427 manual, pages 123-124; rinstrum/LUA-LIB; GSE 250 manual
 */
export const rinstrumNet = defineModel({
  name: 'rinstrum-net',
  usedBy: 'Rinstrum R300, R400, R420, C500; GSE 250; asked over the network protocol',
  options: z.strictObject({ address: z.coerce.number().int().min(1).max(31).default(1) }),
  line: [with8N1(9600)],
  speak({ address }) {
    const ask = (request: string) =>
      Buffer.from(`${(0x20 | address).toString(16).toUpperCase()}${request}:\r\n`);
    const readGross = ask('050026');
    return {
      framing,
      decode,
      enquiry: readGross,
      commands: { request: readGross, zero: ask('100300'), tare: ask('100301') },
    };
  },
});

const framing: MarkedFraming = {
  kind: 'marked',
  maxBytes: MAX_BYTES,
  startByte: null,
  frameAt(bytes, offset, end) {
    const checked = bytes[offset] === SOH;
    const from = checked ? offset + 1 : offset;
    const limit = Math.min(end, offset + MAX_BYTES);
    for (let at = from; at < limit; at += 1) {
      const byte = bytes[at] as number;
      if (at < from + HEAD) {
        if (at === from + HEAD - 1 ? byte !== 0x3a : !isHex(byte)) return -1;
      } else if (byte === SEMICOLON || byte === EOT) {
        const length = at - offset + 1;
        return (byte === EOT) === checked && (!checked || hasCrc(bytes, from, at)) ? length : -1;
      } else if (byte === CR) {
        if (checked) return -1;
        if (at + 1 < limit) return bytes[at + 1] === LF ? at - offset + 2 : -1;
      } else if (byte < 0x20 || byte > 0x7e) {
        return -1;
      }
    }
    return limit - offset < MAX_BYTES ? 0 : -1;
  },
};

function decode(frame: Uint8Array): Decoded {
  const match = message.exec(messageOf(frame));
  if (match === null) return rejected('no message of this protocol');
  const [, head = '', command = '', register = '', data = ''] = match;
  const flags = Number.parseInt(head, 16);
  const response = (flags & 0x80) !== 0;
  const isError = (flags & 0x40) !== 0;
  const facts = { address: flags & 0x1f, response, isError, command, register };
  if (response && !isError && command === READ_LITERAL && weightRegisters.includes(register)) {
    const weight = literal.exec(data);
    if (weight !== null) return literalReading(weight, register, facts);
  }
  const rawValue = response && !isError && command === READ_HEX ? signedOf(data) : null;
  return { kind: 'answer', facts: { ...facts, data, ...(rawValue === null ? {} : { rawValue }) } };
}

function literalReading(
  [, weight = '', unitText = '', legend]: RegExpExecArray,
  register: string,
  details: Record<string, string | number | boolean>,
): Decoded {
  const value = numberField(weight);
  const unit = unitField(unitText);
  if (value === null || unit === null) return rejected('no weight with a unit known here');
  const asked = modes[register];
  const shown = legend === undefined ? undefined : modes[legend];
  if (asked !== undefined && shown !== undefined && asked !== shown)
    return rejected('legend contradicts the register');
  const mode = shown ?? asked ?? null;
  return {
    kind: 'reading',
    reading: { value, unit, stable: null, overload: null, underload: null, mode, zero: null, details },
  };
}

/** The message without what frames it. */
function messageOf(frame: Uint8Array): string {
  const text = Buffer.from(frame).toString('latin1');
  if (frame[0] === SOH) return text.slice(1, -5);
  return text.slice(0, text.endsWith(';') ? -1 : -2);
}

/** Eight hex digits as a signed whole number without its point; null when they are not that. */
function signedOf(data: string): string | null {
  return /^[\dA-F]{8}$/.test(data) ? String(Number.parseInt(data, 16) | 0) : null;
}

function hasCrc(bytes: Uint8Array, from: number, end: number): boolean {
  const crc = crc16Ccitt(bytes.subarray(from, end - 4));
  const text = Buffer.from(bytes.subarray(end - 4, end)).toString('latin1');
  return text === crc.toString(16).toUpperCase().padStart(4, '0');
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46);
}
