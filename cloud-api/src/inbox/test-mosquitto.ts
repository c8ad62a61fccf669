import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { listenOn } from '../store/listen-on.ts';

/** Whether Mosquitto is installed on this machine. */
export function hasMosquitto(): boolean {
  return spawnSync('mosquitto', ['-h']).error === undefined;
}

/** A real broker on loopback that lets everybody in, for tests. */
export async function startMosquitto(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer();
  const port = await listenOn(server, '127.0.0.1', 0, 'port');
  server.close();
  await once(server, 'close');
  const broker = spawn('mosquitto', ['-p', String(port)], { stdio: 'ignore' });
  const exited = once(broker, 'exit');
  const deadlineMs = systemClock.monotonicMs() + 5_000;
  while (!(await answers(port))) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('mosquitto did not come up');
    await systemClock.sleep(20);
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      broker.kill('SIGKILL');
      await exited;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
