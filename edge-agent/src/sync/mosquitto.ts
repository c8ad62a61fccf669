import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket, createServer } from 'node:net';
import { systemClock } from '@weighgate/protocol';

/** Whether Mosquitto is installed on this machine. */
export function hasMosquitto(): boolean {
  return spawnSync('mosquitto', ['-h']).error === undefined;
}

/** A real broker on loopback, for tests. */
export interface Mosquitto extends AsyncDisposable {
  url: string;
  /** Ends it without a word, as a power cut would; clients and what it kept are gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it where it is, connections open, and lets it go on: a broker that hangs. */
  freeze(): void;
  thaw(): void;
}

export async function startMosquitto(): Promise<Mosquitto> {
  const port = await freePort();
  let broker: ChildProcess | null = null;

  async function start(): Promise<void> {
    broker = spawn('mosquitto', ['-p', String(port)], { stdio: 'ignore' });
    await once(broker, 'spawn');
    while (!(await answers(port))) await systemClock.sleep(20);
  }

  async function kill(): Promise<void> {
    if (broker === null) return;
    const exited = once(broker, 'exit');
    broker.kill('SIGKILL');
    await exited;
    broker = null;
  }

  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void broker?.kill('SIGSTOP'),
    thaw: () => void broker?.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
