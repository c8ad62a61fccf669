import { z } from 'zod';
import { crcCcittOf } from './crc-ccitt.ts';
import type { Indication } from './indicator.ts';
import { type IndicatorPanel, simulatedProtocol } from './simulated-protocol.ts';
import { bytesOf, fieldOf, grossOf, isOver, isUnder, shownOf, textOf } from './wire-weight.ts';

const [SOH, EOT, CR, LF, SEMICOLON] = [0x01, 0x04, 0x0d, 0x0a, 0x3b];
/** Bits of the address byte. */
const [RESPONSE, ERROR, REPLY_WANTED, ADDRESS] = [0x80, 0x40, 0x20, 0x1f];
/** Zero address: any instrument. */
const BROADCAST = 0;
/** The one error code the manuals at hand show: executed in vain, not permitted (C530 p. 81). */
const NOT_PERMITTED = '0601';
const MESSAGE = /^([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{4})(?::([^;\r\n]*))?$/;

const options = z.strictObject({
  address: z.number().int().min(1).max(31).default(1),
  /** The register that is sent when nobody asks. */
  register: z.enum(['0021', '0025', '0026', '0027', '0028']).default('0025'),
});
type Options = z.infer<typeof options>;

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** Register 0021. */
function statusOf(indication: Indication): number {
  const { motion, centreOfZero, net } = indication;
  const bits: [boolean, number][] = [
    [isOver(indication), 0x20000],
    [isUnder(indication), 0x10000],
    [motion, 0x1000],
    [centreOfZero, 0x0800],
    [net, 0x0200],
  ];
  return bits.reduce((status, [set, bit]) => status | (set ? bit : 0), 0);
}

/** Counts of the weight registers: displayed, gross, net, tare; undefined for any other. */
function countsIn(register: string, indication: Indication): number | undefined {
  const { tare } = indication;
  const registers: Record<string, number> = {
    '0025': shownOf(indication),
    '0026': grossOf(indication),
    '0027': grossOf(indication) - tare,
    '0028': tare,
  };
  return registers[register];
}

/** What a read command finds: 05 text as displayed, 11 hexadecimal, 16 decimal. */
function dataOf(command: string, register: string, indication: Indication): string | undefined {
  const counts = register === '0021' ? statusOf(indication) : countsIn(register, indication);
  if (counts === undefined) return undefined;
  if (command === '11' || (command === '05' && register === '0021')) return hex(counts >>> 0, 8);
  if (command === '16') return String(counts);
  if (command !== '05') return undefined;
  const { decimals, unit, net, outOfRange } = indication;
  const weight = outOfRange ? '------' : textOf(counts, decimals);
  const mode = register === '0027' || (register === '0025' && net) ? 'N' : 'G';
  return `${fieldOf(weight, 8)} ${unit} ${mode}`;
}

/** Executes 0300 zero and 0301 tare, or reads. `refused` and unknown registers alike are answered with the error bit. */
function resultOf(command: string, register: string, panel: IndicatorPanel): string | undefined {
  if (command !== '10') return dataOf(command, register, panel.indication);
  const button = register === '0300' ? 'zero' : register === '0301' ? 'tare' : undefined;
  return button !== undefined && panel.press(button) === 'done' ? '0000' : undefined;
}

/**
 * Rinstrum network protocol, also of GSE 250 (R420 p. 92, C530 p. 78): `AACCRRRR:data`, ended as the request was with CR LF or
 * `;`, or between SOH and CRC EOT. Registers 0021 status, 0025 displayed, 0026 gross, 0027 net, 0028 tare.
 */
export const rinstrumNet = simulatedProtocol({
  name: 'rinstrum-net',
  options,
  mode: 'demand',
  says: ({ register }) =>
    register === '0021'
      ? ['stable', 'mode', 'zero', 'overload', 'underload']
      : ['sign', 'decimals', 'unit', 'mode'],
  encode: (indication, { address, register }) =>
    bytesOf(`${hex(RESPONSE | address, 2)}05${register}:${dataOf('05', register, indication)}\r\n`),
  requestLength(received) {
    const end = received.findIndex(
      (byte, at) => byte === EOT || byte === SEMICOLON || (byte === LF && received[at - 1] === CR),
    );
    return end + 1;
  },
  answer(request, panel, chosen) {
    const { text, wrap } = opened(request);
    const said = text === undefined ? undefined : responseTo(text, panel, chosen);
    return said === undefined ? null : wrap(said);
  },
});

function responseTo(text: string, panel: IndicatorPanel, { address }: Options): string | undefined {
  const [, addressHex = '', command = '', register = ''] = MESSAGE.exec(text) ?? [];
  const asked = Number.parseInt(addressHex, 16);
  if (Number.isNaN(asked) || (asked & RESPONSE) !== 0 || (asked & REPLY_WANTED) === 0) return undefined;
  if ((asked & ADDRESS) !== BROADCAST && (asked & ADDRESS) !== address) return undefined;
  const data = resultOf(command, register, panel);
  const flags = RESPONSE | (data === undefined ? ERROR : 0) | address;
  return `${hex(flags, 2)}${command}${register}:${data ?? NOT_PERMITTED}`;
}

/** The message in a request, undefined when its CRC is wrong, and how to wrap the response. */
function opened(request: Uint8Array): { text: string | undefined; wrap: (message: string) => Uint8Array } {
  const latin = Buffer.from(request).toString('latin1');
  if (request[0] !== SOH) {
    const end = latin.endsWith(';') ? ';' : '\r\n';
    return { text: latin.slice(0, -end.length), wrap: (message) => bytesOf(message + end) };
  }
  const message = latin.slice(1, -5);
  return {
    text: latin.slice(-5, -1) === hex(crcCcittOf(bytesOf(message)), 4) ? message : undefined,
    wrap: (said) => bytesOf(`\x01${said}${hex(crcCcittOf(bytesOf(said)), 4)}\x04`),
  };
}
