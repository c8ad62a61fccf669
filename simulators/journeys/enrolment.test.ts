import { execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDeviceKey } from '@weighgate/edge-agent/src/store/device-key.ts';
import { enrolDevice } from '@weighgate/edge-agent/src/sync/enrol-device.ts';
import { enrolmentPath, readEnrolment } from '@weighgate/edge-agent/src/sync/enrolment-file.ts';
import { isRenewalDue, renewCertificate } from '@weighgate/edge-agent/src/sync/renew-certificate.ts';
import { systemClock } from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type CloudProgram, startCloudProgram } from '../src/demo/cloud-program.ts';
import { scriptOf } from '../src/demo/plant-files.ts';

const clock = systemClock;
const run = promisify(execFile);
let started: AsyncDisposableStack;
let dir: string;
let cloud: CloudProgram;
beforeAll(async () => {
  started = new AsyncDisposableStack();
  dir = started.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-enrolment-'))).path;
  cloud = started.use(
    await startCloudProgram(dir, { httpPort: 0, mqtt: { embedded: { port: 0 } } }, { clock }),
  );
}, 60_000);
afterAll(() => started.disposeAsync());

/** The command line of the cloud's administrator. */
async function device(...args: string[]): Promise<string> {
  const where = ['--url', cloud.url, '--data-dir', join(dir, 'cloud')];
  return (await run(process.execPath, [scriptOf('cloud-api'), 'device', ...args, ...where])).stdout;
}

const urlOf = (printed: string) => /enrol (https:\S+)/.exec(printed)?.[1] ?? '';
const tokenOf = (printed: string) => printed.split('\n', 1)[0] ?? '';

async function writeEdgeConfig(name: string): Promise<string> {
  const config = join(dir, `${name}.yaml`);
  const scale = {
    id: 'deck-1',
    line: { kind: 'tcp', host: '127.0.0.1', port: 1 },
    indicator: { model: 'mt-continuous' },
  };
  const settings = { site: 'DEMO', device: name, dataDir: join(dir, name), scales: [scale] };
  writeFileSync(config, JSON.stringify(settings));
  return config;
}

/** What a device connects to the broker with. */
function brokerOptions(name: string) {
  const reading = readEnrolment(join(dir, name), name);
  if (reading.kind === 'not_enrolled') throw new Error(reading.detail);
  const { ca, certificate: cert, key } = reading.enrolment;
  return {
    ca,
    cert,
    key,
    clientId: name,
    protocolVersion: 4 as const,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
  };
}

async function enrol(name: string): Promise<void> {
  const printed = await device('token', 'DEMO', name);
  const wish = {
    url: urlOf(printed),
    token: tokenOf(printed),
    site: 'DEMO',
    device: name,
    dataDir: join(dir, name),
  };
  await enrolDevice(
    { ...wish, deviceKey: openDeviceKey(wish.dataDir) },
    { clock, onRequested: () => undefined },
  );
}

test('a token typed at the device makes it known; both sides show the same words, and the administrator confirms', async () => {
  const config = await writeEdgeConfig('gate-1');
  const printed = await device('token', 'DEMO', '--confirm');
  const edge = run(process.execPath, [
    scriptOf('edge-agent'),
    'enrol',
    urlOf(printed),
    tokenOf(printed),
    '--config',
    config,
  ]);
  const requests = async () =>
    (await device('requests'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        z
          .looseObject({ requestId: z.string(), device: z.string(), words: z.string(), state: z.string() })
          .parse(JSON.parse(line)),
      );
  await expect
    .poll(async () => (await requests()).map(({ state }) => state), { timeout: 15_000 })
    .toEqual(['waiting']);
  const [request] = await requests();
  await device('confirm', request?.requestId ?? '', '--by', 'noa');
  const { stdout } = await edge;
  expect(stdout).toContain(`gate-1 of site DEMO: ${request?.words}`);
  expect(stdout).toContain('enrolled; the certificate is good until');
  expect(statSync(enrolmentPath(join(dir, 'gate-1'))).mode & 0o777).toBe(0o600);
  const client = await connectAsync(cloud.mqttUrl, brokerOptions('gate-1'), false);
  await client.endAsync();
  expect(JSON.parse((await device('list')).split('\n', 1)[0] ?? '')).toMatchObject({
    device: 'gate-1',
    site: 'DEMO',
    admitted: true,
  });
}, 60_000);

test('a token is not sent to a cloud that it does not pin', async () => {
  const printed = await device('token', 'DEMO');
  await using other = await mkdtempDisposable(join(tmpdir(), 'weighgate-other-'));
  await using stranger = await startCloudProgram(
    other.path,
    { httpPort: 0, mqtt: { embedded: { port: 0 } } },
    { clock },
  );
  const theirs = (
    await run(process.execPath, [
      scriptOf('cloud-api'),
      'device',
      'token',
      'DEMO',
      '--url',
      stranger.url,
      '--data-dir',
      join(other.path, 'cloud'),
    ])
  ).stdout;
  const dataDir = join(dir, 'gate-2');
  const wish = { url: urlOf(theirs), token: tokenOf(printed), site: 'DEMO', device: 'gate-2', dataDir };
  const enrolling = enrolDevice(
    { ...wish, deviceKey: openDeviceKey(dataDir) },
    { clock, onRequested: () => undefined },
  );
  await expect(enrolling).rejects.toMatchObject({
    code: 'enrolment_untrusted',
    message: expect.stringContaining('The token was not sent'),
  });
  const right = enrolDevice(
    { ...wish, url: urlOf(printed), deviceKey: openDeviceKey(dataDir) },
    { clock, onRequested: () => undefined },
  );
  await expect(right).resolves.toBeDefined();
}, 60_000);

test('a certificate is renewed by the device itself, with a new key, and the next connection is made with it', async () => {
  await enrol('gate-3');
  const dataDir = join(dir, 'gate-3');
  const before = readEnrolment(dataDir, 'gate-3');
  if (before.kind !== 'enrolled') throw new Error(before.detail);
  const lifeMs = before.notAfterMs - before.notBeforeMs;
  expect(isRenewalDue(before, before.notBeforeMs + lifeMs * 0.59)).toBe(false);
  expect(isRenewalDue(before, before.notBeforeMs + lifeMs * 0.6)).toBe(true);
  await renewCertificate(dataDir, before);
  const after = readEnrolment(dataDir, 'gate-3');
  if (after.kind !== 'enrolled') throw new Error(after.detail);
  expect(after.enrolment.key).not.toBe(before.enrolment.key);
  expect(after.enrolment.ca).toBe(before.enrolment.ca);
  const client = await connectAsync(cloud.mqttUrl, brokerOptions('gate-3'), false);
  await client.endAsync();
}, 60_000);

test('a revoked device is cut within a minute, gets in no more, and renews nothing', async () => {
  await enrol('gate-4');
  const client = await connectAsync(cloud.mqttUrl, brokerOptions('gate-4'), false);
  client.on('error', () => undefined);
  const startedMs = clock.monotonicMs();
  expect(await device('revoke', 'gate-4', '--reason', 'stolen', '--by', 'noa')).toContain(
    '1 certificates revoked',
  );
  await expect.poll(() => client.connected, { timeout: 60_000, interval: 50 }).toBe(false);
  expect(clock.monotonicMs() - startedMs).toBeLessThan(60_000);
  await client.endAsync(true);
  await expect(connectAsync(cloud.mqttUrl, brokerOptions('gate-4'), false)).rejects.toThrow();
  const reading = readEnrolment(join(dir, 'gate-4'), 'gate-4');
  if (reading.kind !== 'enrolled') throw new Error(reading.detail);
  await expect(renewCertificate(join(dir, 'gate-4'), reading)).rejects.toMatchObject({
    message: expect.stringContaining('revoked'),
  });
}, 90_000);

test('an enrolment that others may read, or of another name, is not used, and it is said what to do', async () => {
  await enrol('gate-5');
  const dataDir = join(dir, 'gate-5');
  expect(readEnrolment(dataDir, 'gate-6')).toMatchObject({
    kind: 'not_enrolled',
    detail: expect.stringContaining('CN=gate-5'),
  });
  expect(readEnrolment(join(dir, 'nowhere'), 'gate-6')).toMatchObject({
    detail: expect.stringContaining('npm run edge -- enrol URL TOKEN'),
  });
  await run('chmod', ['644', enrolmentPath(dataDir)]);
  expect(readEnrolment(dataDir, 'gate-5')).toMatchObject({
    kind: 'not_enrolled',
    detail: expect.stringContaining('chmod 600'),
  });
}, 60_000);
