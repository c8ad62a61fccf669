import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import { exchangeOver } from '../../indicator/exchange.ts';
import { type ModbusBlock, modbusReplyFraming, modbusRequest } from '../../indicator/modbus.ts';
import { readIndicator } from '../../indicator/read-indicator.ts';
import { type Decoded, rejected } from '../../indicator/reading.ts';
import { defaultKeepLineRule, keepLine } from '../../line/kept-line.ts';
import { LineError, type OpenLine } from '../../line/line.ts';
import { InputError, type ReadInputs } from './input-module.ts';

/** A block of digital inputs, as it is asked for. */
export interface InputBlock {
  transport: 'tcp' | 'rtu';
  address: number;
  functionCode: 1 | 2;
  firstInput: number;
  inputs: number;
  timeoutMs: number;
}

/**
 * The digital inputs of a module that speaks Modbus, over a line that is kept open.
 * @see Modbus Application Protocol V1.1b3, sections 6.1 and 6.2
 */
export function modbusInputs(
  block: InputBlock,
  open: OpenLine,
  { clock, random, log }: { clock: Clock; random: () => number; log: Logger },
  signal: AbortSignal,
): { read: ReadInputs; done: Promise<void> } {
  const { transport, functionCode, firstInput, inputs, timeoutMs } = block;
  const asked: ModbusBlock = { ...block, valueBytes: Math.ceil(inputs / 8) };
  const reader = readIndicator(
    keepLine(open, defaultKeepLineRule, { clock, random, log }, signal),
    {
      model: 'inputs',
      options: {},
      stripParity: false,
      framing: modbusReplyFraming(asked),
      decode: (frame) => decodeInputs(frame, asked, inputs),
    },
    () => undefined,
    { clock, log },
  );
  const exchange = exchangeOver(reader, clock);
  let transaction = 0;

  async function read(whenStopped: AbortSignal): Promise<readonly boolean[]> {
    // Each question has its own number: an answer that comes late must not pass for that of the next one.
    transaction = (transaction + 1) & 0xffff;
    const request = modbusRequest(block, functionCode, firstInput, inputs, transaction);
    const own = Buffer.from(request.subarray(0, 2));
    let outcome: Awaited<ReturnType<typeof exchange.ask<Decoded>>>;
    try {
      outcome = await exchange.ask<Decoded>(
        request,
        ({ decoded, frame }) => (transport === 'tcp' && own.compare(frame, 0, 2) !== 0 ? null : decoded),
        timeoutMs,
        whenStopped,
      );
    } catch (cause) {
      if (!(cause instanceof LineError)) throw cause;
      throw new InputError('input_silent', cause.message, { cause });
    }
    if (outcome.kind === 'timeout') {
      throw new InputError('input_silent', `unit ${block.address} did not answer within ${timeoutMs} ms`);
    }
    const facts = outcome.answer.kind === 'answer' ? outcome.answer.facts : {};
    if (typeof facts.levels !== 'string')
      throw new InputError(
        'input_refused',
        `unit ${block.address} refuses to show ${inputs} inputs from ${firstInput}: exception ${facts.exception}`,
      );
    return [...facts.levels].map((level) => level === '1');
  }

  return { read, done: reader.done };
}

/** Inputs come eight in a byte, the first in its lowest bit. */
function decodeInputs(frame: Uint8Array, { transport, functionCode }: ModbusBlock, inputs: number): Decoded {
  const at = transport === 'tcp' ? 6 : 0;
  const code = frame[at + 1];
  if (code === functionCode + 0x80) return { kind: 'answer', facts: { exception: frame[at + 2] ?? 0 } };
  if (code !== functionCode) return rejected('no answer to what was asked');
  const bytes = frame.subarray(at + 3);
  const levels = Array.from({ length: inputs }, (_, input) =>
    String(((bytes[input >> 3] ?? 0) >> (input & 7)) & 1),
  );
  return { kind: 'answer', facts: { levels: levels.join('') } };
}
