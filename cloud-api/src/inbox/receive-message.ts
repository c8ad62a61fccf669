import {
  type Batch,
  type DownMessage,
  type Hello,
  parseDeviceTopic,
  readPayload,
  type UpMessage,
  upMessageSchema,
} from '@weighgate/protocol';
import type { IPublishPacket } from 'mqtt';
import type { Logger } from 'pino';
import { raiseAlarm } from '../fleet/raise-alarm.ts';
import { answerDigest } from './answer-digest.ts';
import { ingestHello } from './greet.ts';
import { type IngestParts, ingestBatches } from './ingest.ts';

/** `discarded` is poison: it could not be read, and must not come again. */
export type Received = 'answered' | 'discarded';

/** A message as it came on a device's topic; `device` is the topic's, which the broker vouches for. */
export interface UpReading {
  device: string;
  topic: string;
  message: UpMessage;
}

/** Reads one. A payload that cannot be read is logged and let go, so that it never stops the stream. */
export function readUp(
  { topic, payload }: Pick<IPublishPacket, 'topic' | 'payload'>,
  log: Logger,
): UpReading | undefined {
  const named = parseDeviceTopic(topic);
  if (named?.channel !== 'up') {
    log.warn({ topic }, 'inbox.topic_ignored');
    return undefined;
  }
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const reading = readPayload(upMessageSchema, bytes);
  if (!reading.ok) {
    log.error({ topic, bytes: bytes.byteLength, reason: reading.reason }, 'inbox.poison_discarded');
    return undefined;
  }
  return { device: named.device, topic, message: reading.message };
}

/**
 * Handles one message from a device: commits, then answers. Rejects when the database failed, and then nothing was
 * answered.
 * @param inBackground takes what may take long and nobody waits for; left out, it is done at once
 */
export async function receiveMessage(
  packet: Pick<IPublishPacket, 'topic' | 'payload'>,
  answer: (message: DownMessage) => void,
  parts: IngestParts,
  inBackground?: (work: () => Promise<void>) => boolean,
): Promise<Received> {
  const reading = readUp(packet, parts.log);
  return reading === undefined ? 'discarded' : receiveRead(reading, [], answer, parts, inBackground);
}

/**
 * The same for a message that was read already.
 * @param more batches that go on where this one ends, handled with it
 */
export async function receiveRead(
  { device, topic, message }: UpReading,
  more: readonly Batch[],
  answer: (message: DownMessage) => void,
  parts: IngestParts,
  inBackground?: (work: () => Promise<void>) => boolean,
): Promise<Received> {
  if (message.device !== device) {
    parts.log.error({ topic, device: message.device }, 'inbox.wrong_device');
    if (message.type === 'batch') {
      const { v, incarnation, from: seq } = message;
      answer({ v, type: 'reject', device, incarnation, seq, code: 'wrong_device' });
    }
    await noteWrongDevice(device, message.device, parts);
    return 'discarded';
  }
  if (parts.admits !== undefined && !(await parts.admits(device, message.type === 'hello'))) {
    parts.log.error({ topic, device }, 'inbox.not_admitted');
    return 'discarded';
  }
  switch (message.type) {
    case 'hello':
      for (const said of await ingestHello(message, parts)) answer(said);
      await tellSettings(message, answer, parts);
      return 'answered';
    case 'batch': {
      const batches = [message, ...more];
      const receivedAtMs = parts.clock.now();
      const answers = await ingestBatches(batches, parts);
      for (const said of answers) answer(said);
      if (answers.every(({ type }) => type === 'ack')) parts.onStored?.(batches, receivedAtMs);
      return 'answered';
    }
    case 'md_ask':
      if (parts.masterData === undefined) return 'discarded';
      parts.masterData.take(message, answer);
      return 'answered';
    case 'digest': {
      const work = async () => answer(await answerDigest(message, parts));
      if (inBackground === undefined) await work();
      else if (!inBackground(work)) parts.log.warn({ device: message.device }, 'inbox.digest_put_off');
      return 'answered';
    }
  }
}

/** After the answer, and only for the life the device is in now: one message more, whatever it has to catch up on. */
async function tellSettings(
  { device, incarnation, livingAs }: Hello,
  answer: (message: DownMessage) => void,
  { settingsFor }: IngestParts,
): Promise<void> {
  if (settingsFor === undefined || (livingAs ?? incarnation) !== incarnation) return;
  const order = await settingsFor(device, incarnation);
  if (order !== undefined) answer(order);
}

async function noteWrongDevice(device: string, named: string, parts: IngestParts): Promise<void> {
  const detail = `a message came on its topic that names ${named} as its device`;
  await parts.db
    .transaction()
    .execute((trx) =>
      raiseAlarm(trx, { code: 'wrong_device', device, incarnation: null, seq: null, detail }, parts),
    );
}
