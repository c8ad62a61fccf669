import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@weighgate/protocol';
import { pathOf, type RequiredComponent } from '../src/component-path.ts';
import { freePort } from '../src/free-port.ts';

const START_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/** A real Mosquitto on a port of loopback that stays the same over restarts. Nothing in it outlives a stop. */
export interface Mosquitto extends AsyncDisposable {
  url: string;
  start(): Promise<void>;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts Mosquitto with a configuration of its own: nobody without a password, nothing kept on disk.
 * @param dir made when missing
 * @param passwords by user name
 */
export async function startMosquitto(dir: string, passwords: Record<string, string>): Promise<Mosquitto> {
  mkdirSync(dir, { recursive: true });
  const [configFile, passwordFile] = [join(dir, 'mosquitto.conf'), join(dir, 'passwords')];
  writeFileSync(passwordFile, '', { mode: 0o600 });
  for (const [user, password] of Object.entries(passwords)) {
    execFileSync(programOf('mosquitto_passwd'), ['-b', passwordFile, user, password], { stdio: 'pipe' });
  }
  const port = await freePort();
  const settings = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous false',
    `password_file ${passwordFile}`,
    'persistence false',
    // Started by root it would otherwise become another user, who may not read this folder.
    `user ${userInfo().username}`,
  ];
  writeFileSync(configFile, `${settings.join('\n')}\n`);

  let stopRunning: (() => Promise<void>) | undefined;
  const stop = async () => {
    await stopRunning?.();
    stopRunning = undefined;
  };
  const start = async () => {
    const broker = spawn(programOf('mosquitto'), ['-c', configFile], { stdio: 'ignore' });
    const ended = once(broker, 'exit');
    stopRunning = async () => {
      broker.kill('SIGKILL');
      await ended;
    };
    const deadlineMs = systemClock.monotonicMs() + START_TIMEOUT_MS;
    while (!(await answers(port))) {
      if (systemClock.monotonicMs() > deadlineMs) throw new Error('mosquitto did not come up');
      await systemClock.sleep(POLL_MS);
    }
  };
  await start();
  return { url: `mqtt://127.0.0.1:${port}`, start, stop, [Symbol.asyncDispose]: stop };
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

function programOf(component: RequiredComponent): string {
  const path = pathOf(component);
  if (path === undefined) throw new Error(`${component} is not installed`);
  return path;
}
