import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Agent, startAgent } from './agent.ts';
import { type Config, parseConfig } from './config.ts';
import { LineError, type OpenLine } from './line/line.ts';
import { memoryLinePair } from './line/memory-line.ts';
import { storeFolder } from './store/store-folder.ts';
import { verifyStore } from './store/verify-store.ts';
import { freePort } from './sync/mosquitto.ts';

const answerSchema = z.looseObject({ type: z.string().optional(), netKg: z.number().nullish() });

function configOf(dataDir: string, more = ''): Config {
  return parseConfig(
    'edge.yaml',
    `site: DEMO
device: gate-1
dataDir: ${dataDir}
scales: [{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous }, holdMs: 400 }]
http: { port: 0 }
${more}`,
  );
}

function start(config: Config, openLine: OpenLine): Promise<Agent> {
  return startAgent(config, {
    clock: systemClock,
    random: () => 0,
    log: pino({ level: 'silent' }),
    bootId: 'boot-1',
    processId: process.pid,
    appVersion: '0.1.0',
    openLine: () => openLine,
  });
}

/** An indicator at the far end of memory lines, sending what it shows every 20 ms to whoever has the line open. */
function memoryIndicator() {
  const stop = new AbortController();
  let frame = frameOf(0);
  const open: OpenLine = async () => {
    const { near, far } = memoryLinePair();
    void (async () => {
      try {
        while (!stop.signal.aborted) {
          await far.write(frame);
          await systemClock.sleep(20);
        }
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
      }
    })();
    return near;
  };
  return {
    open,
    show: (kg: number) => {
      frame = frameOf(kg);
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}

async function weighWhenStill({ url, apiKey }: Agent, body: object) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const response = await fetch(`${url}/api/weight/weight`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(body),
    });
    const answer = answerSchema.parse(await response.json());
    if (response.status !== 409) return answer;
    await systemClock.sleep(20);
  }
  throw new Error('the truck never stood still');
}

describe('the agent', () => {
  test('weighs a truck in and out from frames on a line, and stops cleanly', async () => {
    using folder = storeFolder();
    using indicator = memoryIndicator();
    {
      await using agent = await start(configOf(folder.dataDir), indicator.open);
      indicator.show(15_000);
      await weighWhenStill(agent, { direction: 'in', truck: '77-421-03' });
      indicator.show(0);
      await systemClock.sleep(200);
      indicator.show(8000);
      expect(await weighWhenStill(agent, { direction: 'out', truck: '7742103' })).toMatchObject({
        netKg: 7000,
      });
      const health = await fetch(`${agent.url}/api/weight/health`);
      expect(await health.json()).toMatchObject({
        status: 'healthy',
        sync: { phase: 'offline', headSeq: 4, waiting: 4 },
      });
    }
    expect(verifyStore(folder.dataDir)).toMatchObject({ kind: 'intact', entries: 4 });
    // The lock and the port are free: it starts again at once.
    await using _again = await start(configOf(folder.dataDir), indicator.open);
  });

  test('stops within two seconds on a silent line, with a live view open and a broker that is away', async () => {
    using folder = storeFolder();
    const passwordFile = join(folder.dataDir, 'mqtt-password');
    writeFileSync(passwordFile, 'secret\n');
    const mqtt = `mqtt: { url: "mqtt://127.0.0.1:${await freePort()}", passwordFile: ${passwordFile} }`;
    const agent = await start(configOf(folder.dataDir, mqtt), async () => memoryLinePair().near);
    const live = await fetch(`${agent.url}/api/weight/live`, {
      headers: { authorization: `Bearer ${agent.apiKey}` },
    });
    expect(live.status).toBe(200);
    const startedMs = systemClock.monotonicMs();
    await agent[Symbol.asyncDispose]();
    expect(systemClock.monotonicMs() - startedMs).toBeLessThan(2000);
    await live.body?.cancel();
  });

  test('fails when a line breaks in a way that is a mistake of ours', async () => {
    using folder = storeFolder();
    await using agent = await start(configOf(folder.dataDir), async () => {
      throw new TypeError('a mistake');
    });
    await expect(agent.failed).rejects.toThrow('a mistake');
  });

  test('that finds its port taken leaves its folder free', async () => {
    using folder = storeFolder();
    using other = storeFolder();
    using indicator = memoryIndicator();
    await using first = await start(configOf(folder.dataDir), indicator.open);
    const http = { host: '127.0.0.1', port: Number(new URL(first.url).port) };
    const taken = start({ ...configOf(other.dataDir), http }, indicator.open);
    await expect(taken).rejects.toMatchObject({ code: 'port_in_use' });
    await using _second = await start(configOf(other.dataDir), indicator.open);
  });

  test('that is not enrolled weighs, and stands offline', async () => {
    using folder = storeFolder();
    await using agent = await start(
      configOf(folder.dataDir, 'mqtt: { url: "mqtts://127.0.0.1:1" }'),
      async () => memoryLinePair().near,
    );
    const health = await fetch(`${agent.url}/api/weight/health`);
    expect(await health.json()).toMatchObject({ sync: { phase: 'offline' } });
  });

  test('without its password file says so and starts nothing', async () => {
    using folder = storeFolder();
    rmSync(folder.dataDir, { recursive: true });
    const config = configOf(
      folder.dataDir,
      'mqtt: { url: "mqtt://127.0.0.1", passwordFile: /nowhere/password }',
    );
    await expect(start(config, async () => memoryLinePair().near)).rejects.toThrow(
      /mqtt.passwordFile cannot be read/,
    );
    expect(existsSync(folder.dataDir)).toBe(false);
  });
});

function frameOf(kg: number): Uint8Array {
  const body = [0x02, 0x2a, 0x30, 0x20, ...Buffer.from(`${String(kg).padStart(6)}     0`), 0x0d];
  const check = -body.reduce((sum, byte) => sum + byte, 0) & 0x7f;
  return Uint8Array.from([...body, check]);
}
