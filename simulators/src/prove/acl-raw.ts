import { connect as connectSocket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemClock } from '@weighgate/protocol';
import type { ClientTls } from './acl-target.ts';

/** A connection on which bytes are sent that no library would send. */
export interface RawConnection extends Disposable {
  write(bytes: Buffer): void;
  received(): Buffer;
  isClosed(): boolean;
  /** Whether the other side closes within the time. */
  closesWithin(timeoutMs: number): Promise<boolean>;
  /** Stops reading, for ever. */
  pause(): void;
}

/** Opens TLS with a certificate; without one, plain TCP. @param from source address on loopback */
export async function openRaw(
  port: number,
  tls: ClientTls | null,
  from = '127.0.0.1',
): Promise<RawConnection> {
  const options = { host: '127.0.0.1', port, localAddress: from };
  const socket = tls === null ? connectSocket(options) : connectTls({ ...options, ...tls });
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    socket.once(tls === null ? 'connect' : 'secureConnect', () => resolve());
    socket.once('close', () => resolve());
  });
  return {
    write: (bytes) => void (socket as TLSSocket).write(bytes),
    received: () => Buffer.concat(chunks),
    isClosed: () => closed,
    closesWithin: (timeoutMs) => within(timeoutMs, () => closed),
    pause: () => void socket.pause(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Whether it comes true within the time. */
export async function within(timeoutMs: number, holds: () => boolean): Promise<boolean> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  while (!holds()) {
    if (systemClock.monotonicMs() > deadlineMs) return false;
    await systemClock.sleep(10);
  }
  return true;
}

/** An MQTT packet: first byte and body; the length may be a lie. */
export function packetOf(first: number, body: Buffer, announced = body.length): Buffer {
  const length: number[] = [];
  let rest = announced;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

const textOf = (bytes: Buffer) =>
  Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);

/** A CONNECT of MQTT 3.1.1, or of 5 with no properties. */
export function connectPacket(clientId: string, { clean = true, level = 4, keepalive = 60 } = {}): Buffer {
  const head = [
    textOf(Buffer.from('MQTT')),
    Buffer.from([level, clean ? 2 : 0, keepalive >> 8, keepalive & 0xff]),
  ];
  const properties = level === 5 ? [Buffer.from([0])] : [];
  return packetOf(0x10, Buffer.concat([...head, ...properties, textOf(Buffer.from(clientId))]));
}

/** A PUBLISH with any bytes as its topic; with a message id unless it is of QoS 0. */
export function publishPacket(
  topic: Buffer,
  payload: string,
  { qos = 1, id = 1, retain = false } = {},
): Buffer {
  const messageId = qos === 0 ? [] : [Buffer.from([id >> 8, id & 0xff])];
  const body = Buffer.concat([textOf(topic), ...messageId, Buffer.from(payload)]);
  return packetOf(0x30 | (qos << 1) | (retain ? 1 : 0), body);
}

/** A SUBSCRIBE to many filters at once. */
export function subscribePacket(filters: readonly string[]): Buffer {
  const each = filters.map((filter) => Buffer.concat([textOf(Buffer.from(filter)), Buffer.from([1])]));
  return packetOf(0x82, Buffer.concat([Buffer.from([0, 1]), ...each]));
}

/** A device on a connection of its own, signed in. */
export async function signInRaw(
  target: { port: number; tlsOf(name: string): Promise<ClientTls> },
  name: string,
): Promise<RawConnection> {
  const raw = await openRaw(target.port, await target.tlsOf(name));
  raw.write(connectPacket(name));
  if (!(await within(4_000, () => raw.received().length >= 4))) throw new Error(`${name} was not let in`);
  return raw;
}
