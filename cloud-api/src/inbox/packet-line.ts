import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { readUp, type UpReading } from './receive-message.ts';

/** Packets taken off the connection before they are worked on; a broker has about 20 under way for a client. */
const MAX_WAITING = 16;

/** A packet that waits for its turn. */
export interface WaitingPacket {
  packet: IPublishPacket;
  /** What it says, read once; undefined when it cannot be read. */
  read(): UpReading | undefined;
}

/** Packets in the order in which they came. */
export interface PacketLine {
  /** Takes one; `goOn` is called when there is room for the next. */
  add(packet: IPublishPacket, goOn: () => void): void;
  /** Lets the running work end. What still waits is let go, and never confirmed. */
  close(): Promise<void>;
}

/**
 * Lines up packets, so that those behind the one that is worked on can be seen.
 * @param work does the first, and as many behind it as it likes. @returns how many: they are done with, and confirmed
 * @param onFailed told when the work failed; nothing is worked on after it
 */
export function startPacketLine(
  work: (waiting: readonly WaitingPacket[]) => Promise<number>,
  parts: {
    confirm: (packet: IPublishPacket) => void;
    /** Told of a packet that has to wait. */
    onWaiting: (packet: WaitingPacket) => void;
    onFailed: (error: unknown) => void;
    log: Logger;
  },
): PacketLine {
  const waiting: WaitingPacket[] = [];
  let goOnLater: (() => void) | null = null;
  let isClosed = false;
  let running: Promise<void> | null = null;

  async function workOff(): Promise<void> {
    try {
      while (waiting.length > 0 && !isClosed) {
        const done = await work(waiting);
        for (const { packet } of waiting.splice(0, done)) parts.confirm(packet);
        const goOn = goOnLater;
        goOnLater = null;
        goOn?.();
      }
    } catch (error) {
      isClosed = true;
      parts.onFailed(error);
    } finally {
      running = null;
    }
  }

  return {
    add: (packet, goOn) => {
      if (isClosed) return;
      const added = waitingPacket(packet, parts.log);
      waiting.push(added);
      if (running === null) running = workOff();
      else parts.onWaiting(added);
      if (waiting.length < MAX_WAITING) goOn();
      else goOnLater = goOn;
    },
    close: async () => {
      isClosed = true;
      await running;
    },
  };
}

function waitingPacket(packet: IPublishPacket, log: Logger): WaitingPacket {
  let read: { reading: UpReading | undefined } | undefined;
  return {
    packet,
    read: () => {
      read ??= { reading: readUp(packet, log) };
      return read.reading;
    },
  };
}

/** The broker is told that a packet was taken: mqtt.js would do so before the next one is looked at. */
export function confirmPacket(client: MqttClient, { qos, messageId }: IPublishPacket): void {
  if (qos !== 1 || messageId === undefined || client.stream.destroyed) return;
  client.stream.write(Buffer.of(0x40, 2, messageId >> 8, messageId & 0xff));
}
