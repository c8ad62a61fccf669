import { z } from 'zod';
import { crc16Modbus } from './crc16.ts';
import type { MarkedFraming } from './framing.ts';
import type { Command, Dialect } from './model.ts';
import { type Decoded, rejected } from './reading.ts';

const WRITE_REGISTER = 6;
const EXCEPTION = 0x80;
/** Bytes of the header before the unit address on TCP: transaction, protocol, length. */
const TCP_HEADER = 6;

/** Options of every model over Modbus, to spread into its own. */
export const modbusOptions = {
  /** `rtu` has a CRC, also through a serial server on TCP; `tcp` has the MBAP header and no CRC. */
  transport: z.enum(['rtu', 'tcp']).default('rtu'),
  /** Unit address. */
  address: z.coerce.number().int().min(1).max(247).default(1),
};

/** What a model reads over Modbus: one block, so that status and weight are never of two moments. */
export interface RegisterReading {
  transport: 'rtu' | 'tcp';
  address: number;
  /** 3 reads holding registers, 4 input registers. */
  functionCode: 3 | 4;
  /** As it stands in the frame: register 40001 is 0. */
  firstRegister: number;
  /** Registers of two bytes, 1 to 125. */
  count: number;
  /** @param registers the bytes of the `count` registers, high byte first */
  decode(registers: DataView): Decoded;
  /** Commands that are one register written: `[register, value]`. */
  writes?: Partial<Record<Command, readonly [number, number]>>;
}

/**
 * The dialect of an instrument that is asked for one block of registers. An exception, five bytes in RTU, is an answer:
 * the instrument refused, and nothing is waited for.
 * @see Modbus Application Protocol V1.1b3, sections 6 and 7; Modbus over Serial Line V1.02; Modbus Messaging on TCP/IP
 */
export function registerDialect(reading: RegisterReading): Dialect {
  const { functionCode, firstRegister, count, writes = {} } = reading;
  // The transaction number stays the same: one request is in flight at a time, and all ask for the same block.
  const framing = modbusReplyFraming({ ...reading, valueBytes: 2 * count });
  const enquiry = modbusRequest(reading, functionCode, firstRegister, count);
  return {
    framing,
    enquiry,
    commands: {
      request: enquiry,
      ...Object.fromEntries(
        Object.entries(writes).map(([command, [register, value]]) => [
          command,
          modbusRequest(reading, WRITE_REGISTER, register, value),
        ]),
      ),
    },
    decode(frame) {
      const isReply = frame.length > 0 && framing.frameAt(frame, 0, frame.length) === frame.length;
      if (!isReply) return rejected('no reply of this unit');
      const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
      const at = reading.transport === 'tcp' ? TCP_HEADER : 0;
      const code = view.getUint8(at + 1);
      if (code >= EXCEPTION) {
        return {
          kind: 'answer',
          facts: { functionCode: code - EXCEPTION, exception: view.getUint8(at + 2) },
        };
      }
      if (code === WRITE_REGISTER) {
        return {
          kind: 'answer',
          facts: { register: view.getUint16(at + 2), written: view.getUint16(at + 4) },
        };
      }
      return reading.decode(new DataView(frame.buffer, frame.byteOffset + at + 3, 2 * count));
    },
  };
}

/** A block of whatever one unit holds, as it is asked for. */
export interface ModbusBlock {
  transport: 'rtu' | 'tcp';
  address: number;
  functionCode: number;
  /** Bytes of values in the answer. */
  valueBytes: number;
}

/** Takes the length from the function code: a reader that waits for a full block would hang on an exception. */
export function modbusReplyFraming({
  transport,
  address,
  functionCode,
  valueBytes,
}: ModbusBlock): MarkedFraming {
  const header = transport === 'tcp' ? TCP_HEADER : 0;
  const trailer = transport === 'tcp' ? 0 : 2;
  const longestBody = Math.max(3 + valueBytes, 6);
  const bodyLengths = new Map([
    [functionCode, 3 + valueBytes],
    [WRITE_REGISTER, 6],
    [functionCode + EXCEPTION, 3],
    [WRITE_REGISTER + EXCEPTION, 3],
  ]);
  return {
    kind: 'marked',
    maxBytes: header + longestBody + trailer,
    startByte: transport === 'tcp' ? null : address,
    frameAt(bytes, offset, end) {
      const at = offset + header;
      if (transport === 'tcp' && end - offset >= 4 && (bytes[offset + 2] !== 0 || bytes[offset + 3] !== 0))
        return -1;
      if (end - at < 3) return 0;
      const body = bodyLengths.get(bytes[at + 1] as number);
      if (bytes[at] !== address || body === undefined) return -1;
      if (bytes[at + 1] === functionCode && bytes[at + 2] !== valueBytes) return -1;
      if (transport === 'tcp' && (bytes[offset + 4] !== 0 || bytes[offset + 5] !== body)) return -1;
      const length = header + body + trailer;
      if (end - offset < length) return 0;
      return transport === 'tcp' || hasCrc(bytes, offset, body) ? length : -1;
    },
  };
}

function hasCrc(bytes: Uint8Array, offset: number, bodyBytes: number): boolean {
  const crc = crc16Modbus(bytes.subarray(offset, offset + bodyBytes));
  return bytes[offset + bodyBytes] === (crc & 0xff) && bytes[offset + bodyBytes + 1] === crc >> 8;
}

/**
 * The bytes that ask a unit for something.
 * @param transaction comes back with the answer over TCP, and is not sent at all over RTU
 */
export function modbusRequest(
  { transport, address }: Pick<ModbusBlock, 'transport' | 'address'>,
  functionCode: number,
  register: number,
  value: number,
  transaction = 1,
): Uint8Array {
  const body = Buffer.alloc(6);
  body.writeUInt8(address, 0);
  body.writeUInt8(functionCode, 1);
  body.writeUInt16BE(register, 2);
  body.writeUInt16BE(value, 4);
  if (transport === 'tcp') {
    const header = [transaction >> 8, transaction & 0xff, 0, 0, 0, body.length];
    return Buffer.concat([Buffer.from(header), body]);
  }
  const crc = crc16Modbus(body);
  return Buffer.concat([body, Buffer.from([crc & 0xff, crc >> 8])]);
}
