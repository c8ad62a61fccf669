import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { systemClock } from '@weighgate/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commissionScale } from './commission-command.ts';
import { parseConfig } from './config.ts';
import { defaultCommissionRule } from './indicator/commissioning/commission.ts';
import type { CommissioningRecord } from './indicator/commissioning/commissioning-record.ts';
import { LineError, type OpenLine } from './line/line.ts';
import { memoryLinePair } from './line/memory-line.ts';
import { lockDataDir } from './store/lock.ts';

/** The indicator on the bench: what it shows is set by what the person does. */
interface Bench {
  kg: number;
  isMoving: boolean;
  tareKg: number;
  isOver: boolean;
  isPlugged: boolean;
  /** Indicators with steps of 10 leave their fixed zero out of the six digits. */
  dropsZero: boolean;
  style: 'mt' | 'yaohua';
}

function frameOf({ kg, isMoving, tareKg, isOver, dropsZero, style }: Bench): Buffer {
  if (style === 'yaohua')
    return Buffer.from(
      `=${String(kg * 10)
        .padStart(7, '0')
        .replace(/(.)$/, '.$1')}`,
    );
  const shown = Math.abs(kg - tareKg) / (dropsZero ? 10 : 1);
  const statusA = String.fromCharCode(dropsZero ? 0x29 : 0x2a);
  const statusB = 0x30 | (tareKg > 0 ? 1 : 0) | (isOver ? 4 : 0) | (isMoving ? 8 : 0) | (kg < tareKg ? 2 : 0);
  const text = `\x02${statusA}${String.fromCharCode(statusB)}\x20${String(shown).padStart(6)}${String(tareKg).padStart(6)}\r`;
  const body = Buffer.from(text, 'latin1');
  return Buffer.concat([
    body,
    Uint8Array.of((128 - (body.reduce((sum, byte) => sum + byte, 0) % 128)) % 128),
  ]);
}

let folder: string;
let bench: Bench;
let ends: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weighgate-commission-'));
  bench = {
    kg: 0,
    isMoving: false,
    tareKg: 0,
    isOver: false,
    isPlugged: true,
    dropsZero: false,
    style: 'mt',
  };
  ends = new AbortController();
});
afterEach(() => {
  ends.abort();
  rmSync(folder, { recursive: true, force: true });
});

const openBench: OpenLine = async () => {
  if (!bench.isPlugged) throw new LineError('line_not_found', 'serial /dev/ttyUSB0 cannot be opened');
  const { near, far } = memoryLinePair();
  const timer = setInterval(() => {
    if (bench.isPlugged) void far.write(frameOf(bench)).catch(() => undefined);
    else void far.close();
  }, 10);
  ends.signal.addEventListener('abort', () => clearInterval(timer));
  return near;
};

type Doing = [asked: RegExp, answer: string, act?: () => void];

test('a commissioning that is broken off says so and writes nothing', async () => {
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, configText('{ model: mt-continuous }'));
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.resume();
  setTimeout(() => input.end(), 100);
  const parts = {
    input,
    output,
    clock: systemClock,
    random: () => 0.5,
    processId: 1,
    openLine: () => openBench,
  };
  await expect(commissionScale(file, null, { ...parts, rule: defaultCommissionRule })).rejects.toMatchObject({
    code: 'broken_off',
  });
  expect(readdirSync(folder)).toEqual(['edge.yaml']);
});

test('beside a running agent nothing is commissioned', async () => {
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, configText('{ model: mt-continuous }'));
  using _agent = lockDataDir(join(folder, 'data'), 4711);
  const [input, output] = [new PassThrough(), new PassThrough()];
  const parts = {
    input,
    output,
    clock: systemClock,
    random: () => 0.5,
    processId: 1,
    openLine: () => openBench,
  };
  await expect(commissionScale(file, null, { ...parts, rule: defaultCommissionRule })).rejects.toThrow(
    /process 4711/,
  );
});

test('whoever goes while the scale is watched is not waited for', async () => {
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, configText('{ model: mt-continuous }'));
  bench.kg = 40;
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.setEncoding('utf8').on('data', (said: string) => {
    if (/Your name|interval d|Empty the deck/.test(said))
      setImmediate(() => input.write('20\n'.slice(said.includes('Empty') ? 2 : 0)));
    if (said.includes('40 kg')) input.end();
  });
  const startedAtMs = systemClock.monotonicMs();
  const parts = {
    input,
    output,
    clock: systemClock,
    random: () => 0.5,
    processId: 1,
    openLine: () => openBench,
  };
  await expect(commissionScale(file, null, { ...parts, rule: defaultCommissionRule })).rejects.toMatchObject({
    code: 'broken_off',
  });
  expect(systemClock.monotonicMs() - startedAtMs).toBeLessThan(5_000);
});

const configText = (indicator: string) => `site: DEMO
device: demo-1
dataDir: data
scales:
  - id: main
    line: { kind: tcp, host: bench, port: 1 }
    indicator: ${indicator}
`;

/** Somebody who answers each question that is asked by the first line that fits it, once for each line. */
async function commissioned(indicator: string, doings: Doing[]) {
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, configText(indicator));
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = '';
  let unread = '';
  const left = [...doings];
  output.setEncoding('utf8').on('data', (said: string) => {
    text += said;
    unread += said;
    const next = left.findIndex(([asked]) => asked.test(unread));
    const [doing] = next === -1 ? [] : left.splice(next, 1);
    if (doing === undefined) return;
    unread = '';
    const [, answer, act] = doing;
    act?.();
    text += `${answer}\n`;
    setImmediate(() => input.write(`${answer}\n`));
  });
  const exitCode = await commissionScale(file, null, {
    input,
    output,
    clock: systemClock,
    random: () => 0.5,
    processId: 1,
    rule: { stepMs: 1_500, pollMs: 10, standMs: 100 },
    openLine: () => openBench,
  });
  const written = readdirSync(join(folder, 'data', 'commissioning')).toSorted();
  const read = (ending: string) =>
    readFileSync(
      join(folder, 'data', 'commissioning', written.find((one) => one.endsWith(ending)) ?? ''),
      'utf8',
    );
  return {
    exitCode,
    text,
    left,
    record: JSON.parse(read('.json')) as CommissioningRecord,
    fragment: read('.yaml'),
  };
}

const put = (facts: Partial<Bench>) => () => void Object.assign(bench, facts);
const rock = () => {
  bench.isMoving = true;
  setTimeout(put({ isMoving: false }), 200);
};
const opening: Doing[] = [
  [/Your name/, 'Ada'],
  [/interval d/, '10'],
  [/Empty the deck/, '', put({ kg: 0 })],
];
const knownWeight: Doing[] = [
  [/How heavy/, '2000'],
  [/Put 2000 kg/, '', put({ kg: 2000 })],
];
const ending: Doing[] = [
  [/rock the weight/, '', rock],
  [/Tare with/, '', put({ tareKg: 2000 })],
  [/Clear the tare/, '', put({ tareKg: 0 })],
  [/overload the scale/, 'too heavy for this test weight'],
  [/Pull the cable/, '', put({ isPlugged: false })],
  [/Put the cable back/, '', put({ isPlugged: true })],
];

describe('commissioning a scale', () => {
  test('proves a choice by what was seen, and writes record and configuration', {
    timeout: 20_000,
  }, async () => {
    const { exitCode, text, left, record, fragment } = await commissioned('{ model: mt-continuous }', [
      ...opening,
      ...knownWeight,
      ...ending,
    ]);
    expect(text).toContain('Proven by what was seen.');
    expect(left).toEqual([]);
    expect(exitCode).toBe(0);
    expect(record).toMatchObject({
      operator: 'Ada',
      scale: 'main',
      intervalKg: 10,
      verdict: 'proven',
      open: [],
    });
    expect(record.steps.map(({ step, result }) => `${step} ${result}`)).toEqual([
      'empty observed',
      'known_weight observed',
      'motion observed',
      'tare observed',
      'clear_tare observed',
      'overload not_observed',
      'unplugged observed',
      'plugged_in observed',
    ]);
    const known = record.steps.find(({ step }) => step === 'known_weight');
    const last = known?.frames.at(-1);
    expect(last).toMatchObject({ value: '2000', unit: 'kg', stable: true, mode: 'gross' });
    expect(last?.hex).toBe(frameOf({ ...bench, kg: 2000, tareKg: 0 }).toString('hex'));
    expect(record.remarks.join('\n')).toContain('Overload was not tested: too heavy for this test weight');
    expect(record.remarks.join('\n')).toContain('dummyZeros=included had no effect on anything seen');
    expect(record.options.find(({ option }) => option === 'checksum')).toMatchObject({ result: 'proven' });
    const [scale] = (parse(fragment) as { scales: object[] }).scales;
    const config = { site: 'DEMO', device: 'demo-1', dataDir: 'data', scales: [scale] };
    expect(parseConfig('edge.yaml', JSON.stringify(config)).scales[0]?.indicator.options).toMatchObject({
      dummyZeros: 'included',
    });
  });

  test('without a known weight proves nothing about the options', { timeout: 20_000 }, async () => {
    bench.dropsZero = true;
    const { exitCode, text, record } = await commissioned('{ model: mt-continuous }', [
      ...opening,
      [/How heavy/, ''],
      ...ending,
    ]);
    expect(exitCode).toBe(1);
    expect(text).toContain('NOT proven');
    expect(record.verdict).toBe('not_proven');
    expect(record.open.join('\n')).toContain('known_weight was not observed');
    expect(record.open.join('\n')).toContain('dummyZeros=included is not proven');
  });

  test('a known weight shows a wrong factor of ten, and the other option is proven from the beginning', {
    timeout: 20_000,
  }, async () => {
    bench.dropsZero = true;
    const { exitCode, text, record, left } = await commissioned('{ model: mt-continuous }', [
      ...opening,
      ...knownWeight,
      [/was not seen/, 'it shows 200'],
      [/With dummyZeros=implied the scale would read 2000 kg/, 'yes'],
      ...opening,
      ...knownWeight,
      ...ending,
    ]);
    expect(text).toContain('Once more from the beginning');
    expect(left).toEqual([]);
    expect(exitCode).toBe(0);
    expect(record.indicator.options).toMatchObject({ dummyZeros: 'implied' });
    expect(record.options.find(({ option }) => option === 'dummyZeros')).toMatchObject({
      result: 'proven',
      possible: ['implied'],
    });
  });

  test('what the protocol does not say is noted, and a step that cannot be done keeps it from being proven', {
    timeout: 20_000,
  }, async () => {
    bench.style = 'yaohua';
    const { exitCode, record } = await commissioned('{ model: yaohua-eq, order: forward, unit: kg }', [
      ...opening,
      ...knownWeight,
      [/overload the scale/, 'not tried'],
      [/Pull the cable/, 'the cable is sealed'],
    ]);
    expect(exitCode).toBe(1);
    expect(record.steps.filter(({ result }) => result === 'not_said').map(({ step }) => step)).toContain(
      'motion',
    );
    expect(record.open).toEqual([
      'unplugged was not observed: the cable is sealed',
      'plugged_in was not observed: The cable was not pulled.',
    ]);
    expect(record.options.find(({ option }) => option === 'order')).toMatchObject({ result: 'proven' });
  });
});
