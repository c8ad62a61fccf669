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
      const refuse = (cause: Error) => {
        signal.removeEventListener('abort', abandon);
        reject(new LineError('line_refused', `${name} does not answer: ${cause.message}`, { cause }));
      };
      const abandon = () => {
        // `refuse` stays, so that what the socket still says is heard by someone.
        socket.destroy();
        reject(signal.reason);
      };
      socket.once('error', refuse);
      socket.once('connect', () => {
        signal.removeEventListener('abort', abandon);
        const line = streamLine(name, socket);
        socket.off('error', refuse);
        resolve(line);
      });
      if (signal.aborted) abandon();
      else signal.addEventListener('abort', abandon, { once: true });
    });
}
