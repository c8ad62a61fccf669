import { fork } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCaFiles } from '@weighgate/cloud-api/src/fleet/enrolment/ca-files.ts';
import {
  type CertificateAuthority,
  certificateAuthority,
} from '@weighgate/cloud-api/src/fleet/enrolment/certificate-authority.ts';
import { systemClock } from '@weighgate/protocol';
import { connectAsync } from 'mqtt';
import { z } from 'zod';
import { freePort } from '../free-port.ts';
import { startSecuredMosquitto } from '../secured-mosquitto.ts';
import type { AclTarget, ClientTls } from './acl-target.ts';

const parts = { clock: systemClock, randomBytes };

/** A device that may do everything to every device: what the proof has to find out. */
const WEAK_ACL = '\npattern readwrite wg/v1/d/+/#\ntopic readwrite #\nuser gate-1\ntopic readwrite #\n';

interface House {
  ca: CertificateAuthority;
  dir: string;
  tlsOf(name: string): Promise<ClientTls>;
  foreignTls(name: string): Promise<ClientTls>;
  certificatesOf(name: string): readonly X509Certificate[];
}

/** `weak`: without rules; `patient`: without the bounds on sign-ins. */
export type BrokerFlag = 'weak' | 'patient';

/** The embedded broker of the cloud in a process of its own. */
export async function startAedesTarget(flags: readonly BrokerFlag[]): Promise<AclTarget> {
  await using started = new AsyncDisposableStack();
  const house = await openHouse(started);
  const child = fork(
    fileURLToPath(new URL('./acl-aedes-broker.ts', import.meta.url)),
    [house.dir, ...flags],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const ended = once(child, 'exit');
  started.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [ready] = await once(child, 'message');
  const { port } = z.object({ port: z.int() }).parse(ready);
  return targetOf('aedes', house, { port, pid: child.pid ?? 0 }, started.move(), async (name) => {
    const revoked = house
      .certificatesOf(name)
      .map(({ raw }) => createHash('sha256').update(raw).digest('hex'));
    child.send({ revoked });
    await once(child, 'message');
  });
}

/** Mosquitto under the deployed configuration; `weak` with an ACL that lets everybody do everything. */
export async function startMosquittoTarget(flags: readonly BrokerFlag[]): Promise<AclTarget> {
  await using started = new AsyncDisposableStack();
  const house = await openHouse(started);
  const broker = started.use(
    await startSecuredMosquitto(
      { dir: house.dir, port: await freePort() },
      flags.includes('weak') ? WEAK_ACL : '',
    ),
  );
  const place = { port: broker.port, pid: broker.pid() };
  return targetOf('mosquitto', house, place, started.move(), async (name) => {
    const revokedAtMs = systemClock.now();
    const serials = house.certificatesOf(name).map(({ serialNumber }) => serialNumber.toLowerCase());
    broker.reload(await house.ca.makeRevocationList(serials.map((serial) => ({ serial, revokedAtMs }))));
    await systemClock.sleep(300);
    // As the cloud does it: a client of the same name, which the broker takes in place of the old one.
    const { pem, keyPem } = await house.ca.makeClient(name, 1);
    const client = await connectAsync(broker.url, {
      clientId: name,
      ca: house.ca.certificatePem,
      cert: pem,
      key: keyPem,
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    await client.endAsync();
  });
}

async function openHouse(started: AsyncDisposableStack): Promise<House> {
  const { path: dir } = started.use(await mkdtempDisposable(join(tmpdir(), 'weighgate-acl-')));
  const certs = join(dir, 'certs');
  mkdirSync(certs);
  const ca = await caIn(dir);
  const server = await ca.makeServer(['127.0.0.1', 'localhost']);
  const files = {
    'ca.pem': ca.certificatePem,
    'server.pem': server.pem,
    'server.key': server.keyPem,
    'revoked.pem': await ca.makeRevocationList([]),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(certs, name), text, { mode: 0o600 });
  const foreignDir = join(dir, 'foreign');
  mkdirSync(foreignDir);
  const foreign = await caIn(foreignDir);
  const made = new Map<string, X509Certificate[]>();
  const makeTls = async (by: CertificateAuthority, name: string): Promise<ClientTls> => {
    const { pem, keyPem } = await by.makeClient(name);
    made.set(name, [...(made.get(name) ?? []), new X509Certificate(pem)]);
    return { ca: ca.certificatePem, cert: pem, key: keyPem };
  };
  return {
    ca,
    dir,
    tlsOf: (name) => makeTls(ca, name),
    foreignTls: (name) => makeTls(foreign, name),
    certificatesOf: (name) => made.get(name) ?? [],
  };
}

async function caIn(dataDir: string): Promise<CertificateAuthority> {
  return certificateAuthority(await openCaFiles({ dataDir, configured: undefined }, parts), parts);
}

function targetOf(
  name: AclTarget['name'],
  { tlsOf, foreignTls }: House,
  { port, pid }: { port: number; pid: number },
  started: AsyncDisposableStack,
  revoke: (device: string) => Promise<void>,
): AclTarget {
  return {
    name,
    url: `mqtts://127.0.0.1:${port}`,
    port,
    pid,
    tlsOf,
    foreignTls,
    revoke,
    clientOptions: async (device) => ({
      ...(await tlsOf(device)),
      clientId: device,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 4_000,
      keepalive: 60,
    }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
