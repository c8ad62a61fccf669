import { z } from 'zod';
import { crc16ModbusOf } from './crc16-modbus.ts';

const [READ_COILS, READ_INPUTS] = [1, 2];
const [READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY] = [3, 4, 6, 16];
const [ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE] = [1, 2, 3];
const EXCEPTION = 0x80;
const MBAP_BYTES = 7;
const RTU_BYTES = 8;
const MAX_REGISTERS = 125;
const MAX_BITS = 2000;

/** Options of every indicator that speaks Modbus. */
export const modbusOptions = z.strictObject({
  /** RTU, also over a TCP connection to a serial server, or Modbus TCP. */
  framing: z.enum(['rtu', 'tcp']).default('rtu'),
  unitId: z.number().int().min(1).max(247).default(1),
});
export type ModbusOptions = z.infer<typeof modbusOptions>;

/** The registers of a slave; addresses as on the wire, from 0. */
export interface ModbusRegisters {
  /** Words from `address` on; undefined when one of them does not exist. */
  read(table: 'holding' | 'input', address: number, count: number): number[] | undefined;
  /** Takes a command; false when there is no such register. */
  write(address: number, words: readonly number[]): boolean;
  /** Bits from `address` on, of a slave that has some; undefined when one of them does not exist. */
  readBits?(table: 'coils' | 'inputs', address: number, count: number): boolean[] | undefined;
}

/** Words of a table that begins at an address; undefined outside it. */
export function wordsOf(
  words: readonly number[],
  first: number,
  address: number,
  count: number,
): number[] | undefined {
  const from = address - first;
  return from < 0 || from + count > words.length ? undefined : words.slice(from, from + count);
}

/** A 32-bit magnitude as two words, the high one first. */
export function highAndLowOf(value: number): [number, number] {
  return [(value >>> 16) & 0xffff, value & 0xffff];
}

/** Length of the first request: by the MBAP header, or by the function code on RTU. */
export function modbusRequestLength(received: Uint8Array, { framing }: ModbusOptions): number {
  const bytes = Buffer.from(received);
  if (bytes.length < MBAP_BYTES) return 0;
  const rtuLength = bytes[1] === WRITE_MANY ? 9 + (bytes[6] ?? 0) : RTU_BYTES;
  const length = framing === 'tcp' ? MBAP_BYTES - 1 + bytes.readUInt16BE(4) : rtuLength;
  return bytes.length < length ? 0 : length;
}

/** Answers one request; null when it is for another slave or damaged. */
export function answerModbus(
  request: Uint8Array,
  { framing, unitId }: ModbusOptions,
  registers: ModbusRegisters,
): Uint8Array | null {
  const bytes = Buffer.from(request);
  if (framing === 'tcp') {
    if (bytes.length < MBAP_BYTES + 1 || bytes.readUInt16BE(2) !== 0 || bytes[6] !== unitId) return null;
    const pdu = answerPdu(bytes.subarray(MBAP_BYTES), registers);
    return mbapFrame(bytes.readUInt16BE(0), unitId, pdu);
  }
  if (bytes.length < 4 || bytes[0] !== unitId) return null;
  const content = bytes.subarray(0, -2);
  if (crc16ModbusOf(content) !== bytes.readUInt16LE(bytes.length - 2)) return null;
  return rtuFrame(unitId, answerPdu(content.subarray(1), registers));
}

/** The answer to a read of so many registers, transaction 1, for an indicator that is not asked. */
export function modbusReadAnswer(
  { framing, unitId }: ModbusOptions,
  table: 'holding' | 'input',
  words: readonly number[],
): Uint8Array {
  const pdu = readAnswerPdu(table === 'holding' ? READ_HOLDING : READ_INPUT, words);
  return framing === 'tcp' ? mbapFrame(1, unitId, pdu) : rtuFrame(unitId, pdu);
}

function answerPdu(pdu: Buffer, registers: ModbusRegisters): number[] {
  const code = pdu[0] ?? 0;
  if ((code === READ_COILS || code === READ_INPUTS) && registers.readBits !== undefined)
    return answerBits(pdu, registers.readBits);
  if (![READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY].includes(code))
    return [code | EXCEPTION, ILLEGAL_FUNCTION];
  if (pdu.length < 5) return [code | EXCEPTION, ILLEGAL_VALUE];
  const address = pdu.readUInt16BE(1);
  const second = pdu.readUInt16BE(3);
  if (code === WRITE_ONE || code === WRITE_MANY) {
    const words = code === WRITE_ONE ? [second] : writtenWords(pdu, second);
    if (words === undefined) return [code | EXCEPTION, ILLEGAL_VALUE];
    return registers.write(address, words) ? [...pdu.subarray(0, 5)] : [code | EXCEPTION, ILLEGAL_ADDRESS];
  }
  if (second < 1 || second > MAX_REGISTERS) return [code | EXCEPTION, ILLEGAL_VALUE];
  const words = registers.read(code === READ_HOLDING ? 'holding' : 'input', address, second);
  return words === undefined ? [code | EXCEPTION, ILLEGAL_ADDRESS] : readAnswerPdu(code, words);
}

/** The first bit is the lowest of the first byte. */
function answerBits(pdu: Buffer, readBits: NonNullable<ModbusRegisters['readBits']>): number[] {
  const code = pdu[0] ?? 0;
  if (pdu.length < 5) return [code | EXCEPTION, ILLEGAL_VALUE];
  const count = pdu.readUInt16BE(3);
  if (count < 1 || count > MAX_BITS) return [code | EXCEPTION, ILLEGAL_VALUE];
  const bits = readBits(code === READ_COILS ? 'coils' : 'inputs', pdu.readUInt16BE(1), count);
  if (bits === undefined) return [code | EXCEPTION, ILLEGAL_ADDRESS];
  const bytes = Array.from({ length: Math.ceil(count / 8) }, (_, byte) =>
    bits.slice(8 * byte, 8 * byte + 8).reduce((sum, bit, place) => sum | (bit ? 1 << place : 0), 0),
  );
  return [code, bytes.length, ...bytes];
}

function writtenWords(pdu: Buffer, count: number): number[] | undefined {
  if (pdu.length !== 6 + 2 * count || pdu[5] !== 2 * count) return undefined;
  return Array.from({ length: count }, (_, word) => pdu.readUInt16BE(6 + 2 * word));
}

function readAnswerPdu(code: number, words: readonly number[]): number[] {
  return [code, words.length * 2, ...words.flatMap((word) => [word >> 8, word & 0xff])];
}

function rtuFrame(unitId: number, pdu: readonly number[]): Uint8Array {
  const content = Uint8Array.from([unitId, ...pdu]);
  const crc = crc16ModbusOf(content);
  return Uint8Array.from([...content, crc & 0xff, crc >> 8]);
}

function mbapFrame(transaction: number, unitId: number, pdu: readonly number[]): Uint8Array {
  const length = pdu.length + 1;
  return Uint8Array.from([
    transaction >> 8,
    transaction & 0xff,
    0,
    0,
    length >> 8,
    length & 0xff,
    unitId,
    ...pdu,
  ]);
}
