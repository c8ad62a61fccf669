import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEntry, systemClock } from '@weighgate/protocol';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Agent, startAgent } from './agent.ts';
import { parseConfig } from './config.ts';
import type { Line } from './line/line.ts';
import { memoryLinePair } from './line/memory-line.ts';

const config = (dataDir: string) =>
  parseConfig(
    'edge.yaml',
    `
site: DEMO
device: demo-1
dataDir: ${dataDir}
http: { port: 0 }
scales:
  - id: front
    line: { kind: tcp, host: front, port: 1 }
    indicator: { model: mt-continuous }
    holdMs: 400
  - id: rear
    line: { kind: tcp, host: rear, port: 1 }
    indicator: { model: st-gs-csv, output: continuous }
    holdMs: 400
  - id: asked
    line: { kind: tcp, host: asked, port: 1 }
    indicator: { model: mt-sics }
    holdMs: 400
    ask: { intervalMs: 50 }
sumDecks:
  - { id: bridge, of: [front, rear] }
`,
  );

/** An indicator at the far end of a line: what it shows now, and what it does with what it is sent. */
interface Device {
  kg: number;
  tareKg: number;
  received: string;
}

function mtFrame({ kg, tareKg }: Device): Buffer {
  const isNet = tareKg > 0 ? 1 : 0;
  const shown = kg - tareKg;
  const status = String.fromCharCode(0x30 | isNet | (shown < 0 ? 2 : 0));
  const text = `\x02\x32${status}\x20${String(Math.abs(shown)).padStart(6)}${String(tareKg).padStart(6)}\r`;
  const body = Buffer.from(text, 'latin1');
  return Buffer.concat([
    body,
    Uint8Array.of((128 - (body.reduce((sum, byte) => sum + byte, 0) % 128)) % 128),
  ]);
}

let folder: string;
let agent: Agent;
let devices: Record<'front' | 'rear' | 'asked', Device>;
const timers: NodeJS.Timeout[] = [];

/** Lets the indicator at the far end speak: the front and rear by themselves, the third when it is asked. */
function play(name: keyof typeof devices, far: Line): void {
  const device = devices[name];
  const say = (bytes: Buffer) => void far.write(bytes).catch(() => undefined);
  void (async () => {
    for await (const bytes of far) {
      const text = Buffer.from(bytes).toString('latin1');
      if (name === 'asked') {
        if (text.includes('SI')) say(Buffer.from(`S S ${String(device.kg).padStart(10)} kg\r\n`));
        for (const line of text.split('\r\n').filter((one) => one !== '' && one !== 'SI')) {
          device.received += line;
          say(Buffer.from(line === 'Z' && device.kg > 0 ? 'Z I\r\n' : `${line} A\r\n`));
        }
        continue;
      }
      device.received += text;
      if (text.includes('T')) device.tareKg = device.kg;
      if (text.includes('C')) device.tareKg = 0;
      if (text.includes('Z')) device.kg = 0;
    }
  })().catch(() => undefined);
  if (name === 'front') timers.push(setInterval(() => say(mtFrame(device)), 20));
  if (name === 'rear')
    timers.push(setInterval(() => say(Buffer.from(`ST,GS,${String(device.kg).padStart(8)},kg\r\n`)), 20));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weighgate-scales-'));
  devices = {
    front: { kg: 0, tareKg: 0, received: '' },
    rear: { kg: 0, tareKg: 0, received: '' },
    asked: { kg: 0, tareKg: 0, received: '' },
  };
  agent = await startAgent(config(folder), {
    clock: systemClock,
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    bootId: 'boot-1',
    processId: process.pid,
    appVersion: '0.0.0',
    openLine: (line) => async () => {
      const { near, far } = memoryLinePair();
      if (line.kind === 'tcp') play(line.host as keyof typeof devices, far);
      return near;
    },
  });
});
afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  await agent[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function call(path: string, body?: unknown) {
  const answer = await fetch(`${agent.url}/api/weight${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${agent.apiKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function scaleNow(id: string): Promise<Record<string, unknown> | undefined> {
  const { body } = await call('/health');
  return (body.scales as Record<string, unknown>[]).find(({ scale }) => scale === id);
}

const shows = (id: string, facts: object) =>
  expect.poll(() => scaleNow(id), { timeout: 5_000 }).toMatchObject(facts);

function journal() {
  const database = new Database(join(folder, 'journal.db'), { readonly: true });
  const texts = database.prepare<[], string>('SELECT entry_text FROM journal ORDER BY seq').pluck().all();
  database.close();
  return texts.map((text) => {
    const reading = readEntry(text);
    if (reading.kind !== 'known') throw new Error(text);
    return reading.entry;
  });
}

describe('several scales on one agent', () => {
  test('each is read with its own model, streaming or asked, and says how its line is', async () => {
    Object.assign(devices.front, { kg: 7120 });
    Object.assign(devices.rear, { kg: 5000 });
    Object.assign(devices.asked, { kg: 930 });
    await shows('front', { grossKg: 7120, deck: 'settled', lineState: 'ok', lineAdvice: null });
    await shows('rear', { grossKg: 5000, deck: 'settled', lineState: 'ok' });
    await shows('asked', { value: '930', lineState: 'ok' });
    const { status, body } = await call('/weight', { direction: 'none', scale: 'rear' });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ scale: 'rear' });
  });

  test('two decks of one weighbridge are weighed as one, with the frames of both', async () => {
    await shows('bridge', { deck: 'empty' });
    Object.assign(devices.front, { kg: 7120 });
    Object.assign(devices.rear, { kg: 5000 });
    await shows('bridge', { grossKg: 12_120, deck: 'settled' });
    const { status, body } = await call('/weight', { direction: 'none', scale: 'bridge' });
    expect(status, JSON.stringify(body)).toBe(200);
    const entry = journal().at(-1);
    expect(entry).toMatchObject({
      kind: 'weight.single',
      body: {
        weight: { grossG: 12_120_000, parts: [{ scaleId: 'front' }, { scaleId: 'rear' }] },
      },
    });
    const again = await call('/weight', { direction: 'none', scale: 'front' });
    expect(again.body).toMatchObject({ type: '/problems/already-registered' });
  });
});

describe('a command to an indicator', () => {
  test('is done when the indicator shows its effect, and stands in the journal', async () => {
    devices.front.kg = 20;
    await shows('front', { grossKg: 20, stable: true });
    await expect
      .poll(async () => (await call('/command', { scale: 'front', command: 'zero' })).status)
      .toBe(200);
    expect(devices.front.received).toBe('Z');
    expect(journal().at(-1)).toMatchObject({
      kind: 'indicator.commanded',
      body: {
        scaleId: 'front',
        command: 'zero',
        bytesHex: '5a',
        outcome: 'done',
        detail: 'The indicator shows zero.',
      },
    });
  });

  test('tare shows net, clear_tare shows gross again', async () => {
    devices.front.kg = 7120;
    await shows('front', { deck: 'settled' });
    expect(await call('/command', { scale: 'front', command: 'tare' })).toMatchObject({
      body: { outcome: 'done', detail: 'The indicator shows net.' },
    });
    await shows('front', { mode: 'net' });
    await systemClock.sleep(600);
    expect(await call('/command', { scale: 'front', command: 'clear_tare' })).toMatchObject({
      body: { outcome: 'done', detail: 'The indicator shows gross.' },
    });
  });

  test('zero with a truck on the deck is refused, sent to nobody, and stands in the journal', async () => {
    devices.front.kg = 7120;
    await shows('front', { deck: 'settled' });
    expect(await call('/command', { scale: 'front', command: 'zero' })).toMatchObject({
      status: 409,
      body: { type: '/problems/outside-zero-range', detail: expect.stringContaining('2400 kg') },
    });
    expect(devices.front.received).toBe('');
    expect(journal().at(-1)).toMatchObject({ body: { outcome: 'refused', bytesHex: '' } });
  });

  test('is matched with its answer where the protocol answers, done and declined', async () => {
    await shows('asked', { value: '0', lineState: 'ok', stable: true });
    await expect
      .poll(() => call('/command', { scale: 'asked', command: 'zero' }), { timeout: 5_000 })
      .toMatchObject({ status: 200, body: { outcome: 'done', detail: 'The indicator acknowledges it.' } });
    devices.asked.kg = 15;
    await shows('asked', { value: '15', stable: true });
    await systemClock.sleep(600);
    expect(await call('/command', { scale: 'asked', command: 'zero' })).toMatchObject({
      status: 409,
      body: { type: '/problems/refused-by-indicator', detail: expect.stringContaining('Z I') },
    });
  });

  test('of two at once only one is sent', async () => {
    devices.front.kg = 7120;
    await shows('front', { deck: 'settled' });
    const answers = await Promise.all([
      call('/command', { scale: 'front', command: 'tare' }),
      call('/command', { scale: 'front', command: 'tare' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(devices.front.received).toBe('T');
  });

  test('that the indicator does not have, or no scale has, is refused in words', async () => {
    await shows('rear', { lineState: 'ok' });
    expect(await call('/command', { scale: 'bridge', command: 'zero' })).toMatchObject({ status: 400 });
    expect(await call('/command', { scale: 'front', command: 'explode' })).toMatchObject({ status: 422 });
    expect(await call('/command', { scale: 'asked', command: 'print' })).toMatchObject({ status: 409 });
  });
});
