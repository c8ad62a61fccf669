import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@weighgate/protocol';
import { pathOf } from './component-path.ts';

const START_TIMEOUT_MS = 5_000;
const POLL_MS = 20;
const deployed = (file: string) => fileURLToPath(new URL(`../../deploy/mosquitto/${file}`, import.meta.url));

/** Mosquitto under the configuration that is deployed, on a port of loopback. */
export interface SecuredMosquitto extends AsyncDisposable {
  url: string;
  port: number;
  pid(): number;
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  stop(): Promise<void>;
  /** Takes over a new list of revoked certificates, as the deployed units do. */
  reload(revokedPem: string): void;
}

/**
 * Starts Mosquitto with the files of deploy/mosquitto: only places, the port and the user differ.
 * @param dir made when missing; has ca.pem, server.pem, server.key and revoked.pem in `certs`
 * @param moreAcl lines added to the ACL, for a control that has to be found out
 */
export async function startSecuredMosquitto(
  { dir, port }: { dir: string; port: number },
  moreAcl = '',
): Promise<SecuredMosquitto> {
  mkdirSync(join(dir, 'certs'), { recursive: true });
  copyFileSync(deployed('weighgate.acl'), join(dir, 'weighgate.acl'));
  if (moreAcl !== '') writeFileSync(join(dir, 'weighgate.acl'), moreAcl, { flag: 'a' });
  const configFile = join(dir, 'mosquitto.conf');
  const config = readFileSync(deployed('mosquitto.conf'), 'utf8')
    .replaceAll('/etc/mosquitto', dir)
    .replace('listener 8883', `listener ${port} 127.0.0.1`);
  // Started by root it would otherwise become another user, who may not read this folder.
  writeFileSync(configFile, `${config}user ${userInfo().username}\n`);

  let running: { pid: number; kill: (signal: NodeJS.Signals) => void; ended: Promise<unknown> } | undefined;
  const stop = async () => {
    running?.kill('SIGKILL');
    await running?.ended;
    running = undefined;
  };
  const start = async () => {
    const broker = spawn(pathOf('mosquitto') ?? 'mosquitto', ['-c', configFile], { stdio: 'ignore' });
    const ended = once(broker, 'exit');
    running = { pid: broker.pid ?? 0, kill: (signal) => void broker.kill(signal), ended };
    const deadlineMs = systemClock.monotonicMs() + START_TIMEOUT_MS;
    while (!(await answers(port))) {
      if (systemClock.monotonicMs() > deadlineMs) throw new Error('mosquitto did not come up');
      await systemClock.sleep(POLL_MS);
    }
  };
  await start();
  return {
    url: `mqtts://127.0.0.1:${port}`,
    port,
    pid: () => running?.pid ?? 0,
    start,
    stop,
    reload: (revokedPem) => {
      writeFileSync(join(dir, 'certs', 'revoked.pem'), revokedPem);
      running?.kill('SIGHUP');
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
