import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ApiClient } from '../src/demo/api-client.ts';
import { startCloudProgram } from '../src/demo/cloud-program.ts';
import { DEVICE, startEdgeProgram } from '../src/demo/edge-program.ts';
import { openIndicatorLine } from '../src/demo/indicator-line.ts';
import { makeServerCertificate } from '../src/demo/server-certificate.ts';
import { freePort } from '../src/free-port.ts';
import { servePrinter } from '../src/printer.ts';
import { seededRandom } from '../src/random.ts';
import { testRequiring } from '../src/required-component.ts';
import { startSecuredMosquitto } from '../src/secured-mosquitto.ts';
import { startWeighbridge } from '../src/weighbridge.ts';
import { kindsIn } from './journal-kinds.ts';

const clock = systemClock;
const soon = { timeout: 40_000, interval: 100 };
const path = `/api/fleet/devices/${DEVICE}/settings`;
const viewSchema = z.looseObject({
  state: z.string(),
  desired: z.looseObject({ version: z.int() }).nullable(),
  reported: z
    .looseObject({ version: z.int(), outcome: z.string(), detail: z.string().nullable() })
    .nullable(),
});

const read = (api: ApiClient) => api.need(viewSchema, { path });
const stateOf = async (api: ApiClient) => (await read(api)).state;

async function put(api: ApiClient, settings: object): Promise<void> {
  const { desired } = await read(api);
  const body = { version: desired?.version ?? 0, settings, by: 'noa', why: 'tried' };
  await api.need(viewSchema, { method: 'PUT', path, body });
}

testRequiring('mosquitto')(
  'settings are put at the cloud: a good printer is applied, one that does not answer is undone by the agent itself, and so is whatever is tried when it is killed',
  async () => {
    await using started = new AsyncDisposableStack();
    const { path: dir } = started.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-settings-')));
    await makeServerCertificate(dir, join(dir, 'broker', 'certs'));
    const broker = started.use(
      await startSecuredMosquitto({ dir: join(dir, 'broker'), port: await freePort() }),
    );
    const printer = started.use(await servePrinter());
    const weighbridge = started.use(startWeighbridge({ clock, random: seededRandom(5), speed: 20 }));
    const scale = { serial: false, scalePort: 0 };
    const { line } = started.use(await openIndicatorLine(weighbridge, scale, dir, clock));
    const mqtt = { url: broker.url, username: 'cloud' };
    const { api } = started.use(await startCloudProgram(dir, { httpPort: 0, mqtt }, { clock }));
    const more = { site: { remoteSettings: { trialSeconds: 6 } } };
    const httpPort = await freePort();
    const startEdge = (enrolWith?: ApiClient) =>
      startEdgeProgram(
        dir,
        {
          httpPort,
          line,
          speed: 20,
          mqtt: { url: broker.url, ...(enrolWith === undefined ? {} : { enrolWith }) },
          more,
        },
        { clock },
      );
    let edge = await startEdge(api);
    started.defer(() => edge[Symbol.asyncDispose]());
    await edge.client.untilAcknowledged((await edge.client.sync()).headSeq, 30_000);

    const good = { printer: { kind: 'escpos-tcp', host: '127.0.0.1', port: printer.port } };
    await put(api, good);
    await expect.poll(() => stateOf(api), soon).toBe('applied');
    expect(printer.received().length).toBeGreaterThan(0);

    const bad = { printer: { ...good.printer, port: await freePort() }, whenPaperOut: 'block' };
    await put(api, bad);
    await expect.poll(() => stateOf(api), soon).toBe('rolled_back');
    expect((await read(api)).reported).toMatchObject({ version: 2, detail: 'not well for 2 s: printer' });

    await put(api, { ...good, logLevel: 'debug' });
    await expect.poll(() => stateOf(api), soon).toBe('trying');
    await edge.program.kill();
    edge = await startEdge();
    await expect.poll(() => stateOf(api), soon).toBe('rolled_back');
    expect((await read(api)).reported).toMatchObject({
      version: 3,
      detail: 'the agent ended while it was being tried',
    });
    // Tried and applied, tried and undone twice: each step is one entry.
    expect(kindsIn(edge.dataDir)['settings.changed']).toBe(6);
  },
  150_000,
);
