import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDeviceKey } from '@weighgate/edge-agent/src/store/device-key.ts';
import { enrolDevice } from '@weighgate/edge-agent/src/sync/enrol-device.ts';
import { readEnrolment } from '@weighgate/edge-agent/src/sync/enrolment-file.ts';
import { deviceTopic, systemClock } from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ApiClient } from '../src/demo/api-client.ts';
import { startCloudProgram } from '../src/demo/cloud-program.ts';
import { makeServerCertificate } from '../src/demo/server-certificate.ts';
import { freePort } from '../src/free-port.ts';
import { testRequiring } from '../src/required-component.ts';
import { startSecuredMosquitto } from '../src/secured-mosquitto.ts';

const DEVICE = 'gate-1';
const clock = systemClock;

async function enrol(api: ApiClient, dataDir: string): Promise<void> {
  const made = z.looseObject({ token: z.string(), enrolUrl: z.string() });
  const body = { site: 'DEMO', device: DEVICE };
  const { token, enrolUrl: url } = await api.need(made, {
    method: 'POST',
    path: '/api/fleet/enrolment-tokens',
    body,
  });
  const deviceKey = openDeviceKey(dataDir);
  await enrolDevice({ url, token, ...body, dataDir, deviceKey }, { clock, onRequested: () => undefined });
}

testRequiring('mosquitto')(
  'a device revoked at the cloud is thrown out of Mosquitto within a minute, and with the new list it stays out',
  async () => {
    await using started = new AsyncDisposableStack();
    const { path: dir } = started.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-revoked-')));
    await makeServerCertificate(dir, join(dir, 'broker', 'certs'));
    const broker = started.use(
      await startSecuredMosquitto({ dir: join(dir, 'broker'), port: await freePort() }),
    );
    const mqtt = { url: broker.url, username: 'cloud' };
    const { api } = started.use(await startCloudProgram(dir, { httpPort: 0, mqtt }, { clock }));
    const dataDir = join(dir, 'edge');
    await enrol(api, dataDir);
    const reading = readEnrolment(dataDir, DEVICE);
    if (reading.kind === 'not_enrolled') throw new Error(reading.detail);
    const { ca, certificate: cert, key } = reading.enrolment;
    const options = { ca, cert, key, clientId: DEVICE, protocolVersion: 4 as const, reconnectPeriod: 0 };

    const client = await connectAsync(broker.url, options, false);
    client.on('error', () => undefined);
    await client.publishAsync(deviceTopic(DEVICE, 'up'), '{}', { qos: 1 });
    const revocation = {
      method: 'POST' as const,
      path: `/api/fleet/devices/${DEVICE}/revoke`,
      body: { by: 'noa', reason: 'stolen' },
    };
    const startedMs = clock.monotonicMs();
    await api.need(z.looseObject({ revoked: z.literal(1) }), revocation);
    await expect.poll(() => client.connected, { timeout: 60_000, interval: 50 }).toBe(false);
    expect(clock.monotonicMs() - startedMs).toBeLessThan(60_000);
    await client.endAsync(true);

    const list = readFileSync(join(dir, 'cloud', 'revoked.pem'), 'utf8');
    expect(list).toContain(new X509Certificate(cert).serialNumber.toLowerCase());
    broker.reload(list);
    await clock.sleep(300);
    await expect(connectAsync(broker.url, options, false)).rejects.toThrow();
  },
  120_000,
);
