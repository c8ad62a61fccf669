import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { pathOf } from '../component-path.ts';
import { freePort } from '../free-port.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
const deployed = new URL('../../../deploy/mosquitto/mosquitto.conf', import.meta.url);
/** What makes the deployed broker ask who is there. All its bounds stay. */
const identity =
  /^(listener|cafile|certfile|keyfile|crlfile|tls_version|require_|use_|allow_anonymous|acl_file).*$/gm;

/** Mosquitto with the bounds that are deployed, without certificates, on a port of loopback. */
export async function startOpenBroker(dir: string): Promise<{ url: string; pid: number } & AsyncDisposable> {
  const port = await freePort();
  const configFile = join(dir, 'mosquitto.conf');
  const bounds = readFileSync(deployed, 'utf8').replaceAll(identity, '');
  writeFileSync(
    configFile,
    `listener ${port} 127.0.0.1\nallow_anonymous true\n${bounds}user ${userInfo().username}\n`,
  );
  const broker = spawn(pathOf('mosquitto') ?? 'mosquitto', ['-c', configFile], { stdio: 'ignore' });
  const ended = once(broker, 'exit');
  const deadlineMs = systemClock.monotonicMs() + START_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('mosquitto did not come up');
    await systemClock.sleep(POLL_MS);
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    pid: broker.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      broker.kill('SIGKILL');
      await ended;
    },
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
