import 'reflect-metadata';
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import {
  type Command,
  commandClaimOf,
  deviceTopic,
  idMaker,
  isoInstant,
  readEntry,
  type SettingsOrder,
  systemClock,
} from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { startAgent } from './agent.ts';
import { type Config, parseConfig } from './config.ts';
import { LineError, type OpenLine } from './line/line.ts';
import { memoryLinePair } from './line/memory-line.ts';
import { runWithSettings } from './run-with-settings.ts';
import { openTestStore, storeFolder } from './store/store-folder.ts';
import { keepEnrolment } from './sync/enrolment-file.ts';
import { freePort, hasMosquitto, startMosquitto } from './sync/mosquitto.ts';
import { startScriptedCloud } from './sync/scripted-cloud.ts';
import { readSettings } from './sync/settings-file.ts';

const skip = !hasMosquitto() && process.env.CI !== 'true';
const soon = { timeout: 20_000, interval: 50 };
const makeId = idMaker(systemClock);
const cloud = generateKeyPairSync('ed25519');
const log = pino({ level: 'silent' });

/** An enrolment that holds the cloud's key; the broker of these tests lets everybody in. */
async function enrol(dataDir: string): Promise<void> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=gate-1',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 1_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const key = x509.PemConverter.encode(
    await crypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  );
  const pem = certificate.toString('pem');
  const cloudKey = cloud.publicKey.export({ format: 'jwk' }).x;
  const who = { url: 'https://127.0.0.1:1', site: 'DEMO', device: 'gate-1' };
  keepEnrolment(dataDir, {
    v: 1,
    ...who,
    ca: pem,
    certificate: pem,
    key,
    ...(cloudKey === undefined ? {} : { cloudKey }),
  });
}

function messageOf(order: SettingsOrder, { lifeMs = 60_000, key = cloud.privateKey } = {}): string {
  const expiresAt = isoInstant(systemClock.now() + lifeMs);
  const command: Command = { v: 1, device: 'gate-1', nonce: makeId(), expiresAt, order };
  const text = JSON.stringify(command);
  const signature = sign(null, Buffer.from(commandClaimOf(text)), key).toString('base64url');
  return JSON.stringify({ v: 1, type: 'command', device: 'gate-1', text, signature });
}

const orderOf = (version: number, settings: SettingsOrder['settings']): SettingsOrder => ({
  kind: 'settings',
  version,
  settings,
});

const noIndicator: OpenLine = async () => {
  throw new LineError('line_refused', 'there is no indicator');
};

/** An indicator that sends what it shows every 20 ms, while it is on. */
function memoryIndicator() {
  const stop = new AbortController();
  const shown = { kg: 0, on: true };
  const open: OpenLine = async () => {
    const { near, far } = memoryLinePair();
    void (async () => {
      try {
        for (; !stop.signal.aborted; await systemClock.sleep(20)) {
          if (shown.on) await far.write(frameOf(shown.kg));
        }
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
      }
    })();
    return near;
  };
  return { open, shown, [Symbol.dispose]: () => stop.abort() };
}

/** A real agent on a real broker, which can be ended and started again. */
async function site() {
  await using opened = new AsyncDisposableStack();
  const { dataDir } = opened.use(storeFolder());
  openTestStore(dataDir)[Symbol.dispose]();
  await enrol(dataDir);
  const broker = opened.use(await startMosquitto());
  const passwordFile = join(dataDir, 'mqtt-password');
  writeFileSync(passwordFile, 'secret\n');
  const text = `site: DEMO
device: gate-1
dataDir: ${dataDir}
scales: [{ id: north, line: { kind: tcp, port: 1 }, indicator: { model: mt-continuous } }]
http: { port: 0 }
mqtt: { url: "${broker.url}", passwordFile: ${passwordFile} }
remoteSettings: { trialSeconds: 6 }
`;
  const sender = await connectAsync(broker.url, { clientId: 'sender', reconnectPeriod: 0 });
  opened.defer(() => sender.endAsync(true));
  const running = opened.move();
  return {
    brokerUrl: broker.url,
    state: () => readSettings(dataDir).state,
    send: (message: string) => sender.publishAsync(deviceTopic('gate-1', 'down'), message, { qos: 1 }),
    /** Runs the agent until disposed of. `configs` are those it was opened with. */
    run(openLine: OpenLine = noIndicator) {
      const configs: Config[] = [];
      const stop = Promise.withResolvers<string>();
      const ended = runWithSettings({
        readConfig: (settings) => parseConfig('edge.yaml', text, settings),
        start: async (config, onSettings) => {
          const agent = await startAgent(config, {
            clock: systemClock,
            random: () => 0,
            log,
            bootId: 'boot-1',
            processId: process.pid,
            appVersion: '0.1.0',
            onSettings,
            openLine: () => openLine,
          });
          configs.push(config);
          return agent;
        },
        stopped: stop.promise,
        clock: systemClock,
        log,
      });
      return {
        configs,
        [Symbol.asyncDispose]: async () => {
          stop.resolve('test');
          await ended;
        },
      };
    },
    /** What the journal holds of commands and settings, when the agent has ended. */
    told(): string[] {
      using store = openTestStore(dataDir);
      return store.journal.rowsAfter(0, 10_000, 1e9).flatMap(({ entry: text }) => {
        const reading = readEntry(text);
        if (reading.kind !== 'known') return [];
        const { entry } = reading;
        if (entry.kind === 'command.refused') return [`refused ${entry.body.reason}`];
        if (entry.kind !== 'settings.changed') return [];
        const { version, outcome, detail } = entry.body;
        return [`${version} ${outcome}${detail === null ? '' : `: ${detail}`}`];
      });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

describe.skipIf(skip)(
  'settings from afar, at a real agent on a real broker (needs mosquitto)',
  { timeout: 60_000 },
  () => {
    test('a good change is tried and applied; one that breaks the printer is undone by itself; both are told', async () => {
      await using at = await site();
      {
        await using agent = at.run();
        await systemClock.sleep(1_500);
        await at.send(messageOf(orderOf(1, { inspectionPerMille: 5 })));
        await expect.poll(() => at.state().good.version, soon).toBe(1);
        expect(agent.configs.map(({ inspectionPerMille }) => inspectionPerMille)).toEqual([0, 5]);
        const printer = { kind: 'escpos-tcp', host: '127.0.0.1', port: await freePort() };
        await at.send(messageOf(orderOf(2, { inspectionPerMille: 9, printer })));
        await expect.poll(() => agent.configs.length, soon).toBe(4);
        expect(agent.configs.map(({ inspectionPerMille }) => inspectionPerMille)).toEqual([0, 5, 9, 5]);
        expect(agent.configs[2]?.printer).toMatchObject(printer);
        expect(agent.configs[3]?.printer).toBeUndefined();
        expect(at.state().good).toEqual({ version: 1, settings: { inspectionPerMille: 5 } });
        await expect.poll(() => at.state().owed, soon).toEqual([]);
      }
      expect(at.told()).toEqual([
        '1 trying',
        '1 applied',
        '2 trying',
        '2 rolled_back: not well for 2 s: printer',
      ]);
    });

    test('an agent that ends within the trial comes up with what held before', async () => {
      await using at = await site();
      {
        await using first = at.run();
        await systemClock.sleep(1_500);
        await at.send(messageOf(orderOf(1, { logLevel: 'debug' })));
        await expect.poll(() => first.configs.at(-1)?.logLevel, soon).toBe('debug');
      }
      {
        await using second = at.run();
        await expect.poll(() => second.configs.length, soon).toBe(1);
        expect(second.configs[0]?.logLevel).toBe('info');
        await expect.poll(() => at.state().owed, soon).toEqual([]);
      }
      expect(at.told()).toEqual(['1 trying', '1 rolled_back: the agent ended while it was being tried']);
    });

    test('what is forged, expired, replayed, older, or not to be set from afar changes nothing and leaves an entry', async () => {
      await using at = await site();
      {
        await using agent = at.run();
        await systemClock.sleep(1_500);
        const forger = generateKeyPairSync('ed25519').privateKey;
        await at.send(messageOf(orderOf(9, { logLevel: 'error' }), { key: forger }));
        await at.send(messageOf(orderOf(9, { logLevel: 'error' }), { lifeMs: -1 }));
        const sealable = messageOf(orderOf(3, { maxKg: 90_000 }));
        await at.send(sealable);
        await expect.poll(() => at.state().newest, soon).toBe(3);
        await at.send(sealable);
        await at.send(messageOf(orderOf(2, { logLevel: 'error' })));
        await systemClock.sleep(2_500);
        expect(agent.configs).toHaveLength(1);
        expect(at.state().good.version).toBe(0);
      }
      expect(at.told().sort()).toEqual([
        '3 refused: may not be set from afar: maxKg',
        'refused bad_signature',
        'refused expired',
        'refused replayed',
        'refused replayed',
      ]);
    });

    test('no truck is disturbed: while one is on the deck the agent stays open; a line that falls silent undoes what is tried', async () => {
      await using at = await site();
      await using _cloud = startScriptedCloud(at.brokerUrl);
      using indicator = memoryIndicator();
      {
        await using agent = at.run(indicator.open);
        await systemClock.sleep(1_500);
        indicator.shown.kg = 15_000;
        await systemClock.sleep(500);
        await at.send(messageOf(orderOf(1, { logLevel: 'debug' })));
        await expect.poll(() => at.state().trial?.expected, soon).toEqual(['cloud', 'scale north']);
        await systemClock.sleep(2_500);
        expect(agent.configs).toHaveLength(1);
        indicator.shown.kg = 0;
        await expect.poll(() => agent.configs.length, soon).toBe(2);
        indicator.shown.on = false;
        await expect.poll(() => agent.configs.length, soon).toBe(3);
        await expect.poll(() => at.state().owed, soon).toEqual([]);
      }
      expect(at.told()).toEqual(['1 trying', '1 rolled_back: not well for 2 s: scale north']);
    });
  },
);

function frameOf(kg: number): Uint8Array {
  const body = [0x02, 0x2a, 0x30, 0x20, ...Buffer.from(`${String(kg).padStart(6)}     0`), 0x0d];
  const check = -body.reduce((sum, byte) => sum + byte, 0) & 0x7f;
  return Uint8Array.from([...body, check]);
}
