import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@weighgate/protocol';
import { pathOf } from './component-path.ts';
import { freePort } from './free-port.ts';

const START_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/** A real Redis on a port of loopback that keeps nothing. */
export interface RealRedis extends AsyncDisposable {
  url: string;
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

/** Starts `redis-server`, which has to be installed. */
export async function startRealRedis(): Promise<RealRedis> {
  const port = await freePort();
  let kill = async () => {};
  const start = async () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const server = spawn(pathOf('redis-server') ?? 'redis-server', args, { stdio: 'ignore' });
    const ended = once(server, 'exit');
    kill = async () => {
      server.kill('SIGKILL');
      await ended;
    };
    const deadlineMs = systemClock.monotonicMs() + START_TIMEOUT_MS;
    while (!(await answers(port))) {
      if (systemClock.monotonicMs() > deadlineMs) throw new Error('redis-server did not come up');
      await systemClock.sleep(POLL_MS);
    }
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill: () => kill(),
    [Symbol.asyncDispose]: () => kill(),
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
