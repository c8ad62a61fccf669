import { connect } from 'node:net';
import { LineError, type OpenLine } from './line.ts';
import { streamLine } from './stream-line.ts';

/** A serial server or an indicator with an Ethernet port. */
export interface TcpLineSettings {
  host: string;
  port: number;
}

/** Idle time before the first keep-alive probe: a cable pulled at the other end is found out. */
const KEEP_ALIVE_DELAY_MS = 5_000;

/** Opens a TCP connection with keep-alive and without Nagle's delay. */
export function tcpLine({ host, port }: TcpLineSettings): OpenLine {
  const name = `tcp ${host}:${port}`;
  return (signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      });
      const give = (settle: () => void) => {
        signal.removeEventListener('abort', abandon);
        socket.removeAllListeners('error');
        settle();
      };
      const abandon = () =>
        give(() => {
          socket.on('error', () => socket.destroy());
          socket.destroy();
          reject(signal.reason);
        });
      socket.once('connect', () => give(() => resolve(streamLine(name, socket))));
      socket.once('error', (cause) =>
        give(() =>
          reject(new LineError('line_refused', `${name} does not answer: ${cause.message}`, { cause })),
        ),
      );
      if (signal.aborted) abandon();
      else signal.addEventListener('abort', abandon, { once: true });
    });
}
