import { pino } from 'pino';
import { expect, test } from 'vitest';
import { crc16Modbus } from '../../indicator/crc16.ts';
import type { Line } from '../../line/line.ts';
import { memoryLinePair } from '../../line/memory-line.ts';
import { virtualClock } from '../../line/virtual-clock.ts';
import { type InputBlock, modbusInputs } from './modbus-inputs.ts';

const block = { address: 1, functionCode: 2, firstInput: 0, inputs: 10, timeoutMs: 300 } as const;

/** A module at the far end of a line, with what it was asked. */
async function openModule(transport: InputBlock['transport']) {
  const clock = virtualClock();
  const stop = new AbortController();
  const { near, far } = memoryLinePair();
  const parts = { clock, random: () => 0.5, log: pino({ level: 'silent' }) };
  const { read, done } = modbusInputs({ ...block, transport }, async () => near, parts, stop.signal);
  const questions = far[Symbol.asyncIterator]();
  await clock.advance(1);
  return {
    clock,
    far: far as Line,
    read: () => read(stop.signal),
    nextQuestion: async () => Buffer.from((await questions.next()).value ?? []),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await clock.advance(10_000);
      await done;
    },
  };
}

/** The answer to a question over TCP. @param pdu function code and what follows */
const answerTo = (question: Buffer, ...pdu: number[]) =>
  Buffer.from([...question.subarray(0, 2), 0, 0, 0, pdu.length + 1, 1, ...pdu]);

test('ten inputs come in two bytes, the first in the lowest bit of the first', async () => {
  await using module = await openModule('tcp');
  const reading = module.read();
  const question = await module.nextQuestion();
  expect(question.subarray(2).toString('hex')).toBe('0000000601020000000a');
  await module.far.write(answerTo(question, 2, 2, 0b0000_0101, 0b10));
  expect(await reading).toEqual([true, false, true, false, false, false, false, false, false, true]);
});

test('over RTU the answer has a checksum, and one that is wrong is no answer', async () => {
  await using module = await openModule('rtu');
  const answer = Buffer.from([1, 2, 2, 0b1, 0]);
  const crc = crc16Modbus(answer);
  const reading = module.read();
  await module.nextQuestion();
  await module.far.write(Buffer.concat([answer, Buffer.from([crc & 0xff, (crc >> 8) ^ 1])]));
  await module.clock.advance(1);
  await module.far.write(Buffer.concat([answer, Buffer.from([crc & 0xff, crc >> 8])]));
  expect((await reading).slice(0, 2)).toEqual([true, false]);
});

test('an answer that comes too late is not taken for that of the next question', async () => {
  await using module = await openModule('tcp');
  const late = module.read();
  const ended = expect(late).rejects.toMatchObject({ code: 'input_silent' });
  const first = await module.nextQuestion();
  await module.clock.advance(301);
  await ended;
  const reading = module.read();
  const second = await module.nextQuestion();
  await module.far.write(answerTo(first, 2, 2, 0xff, 0x03));
  await module.clock.advance(1);
  await module.far.write(answerTo(second, 2, 2, 0, 0));
  expect((await reading)[0]).toBe(false);
});

test('a module that refuses says so with its exception', async () => {
  await using module = await openModule('tcp');
  const reading = module.read();
  await module.far.write(answerTo(await module.nextQuestion(), 0x82, 2));
  await expect(reading).rejects.toMatchObject({
    code: 'input_refused',
    message: 'unit 1 refuses to show 10 inputs from 0: exception 2',
  });
});
