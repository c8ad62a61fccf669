import { type Clock, deviceStateSchema, readPayload } from '@weighgate/protocol';
import type { IPublishPacket } from 'mqtt';
import type { Logger } from 'pino';
import type { AdmissionGate } from '../fleet/enrolment/admission-gate.ts';
import { recordPresence } from '../fleet/record-presence.ts';
import type { Db } from '../store/database.ts';

/**
 * Takes what a device says of itself. Nothing hangs on it: what cannot be kept now is said again within half a minute, so
 * a failure is logged and the messages behind it go on.
 * @returns whether it could be read
 */
export async function receiveState(
  device: string,
  { topic, payload: given, retain }: Pick<IPublishPacket, 'topic' | 'payload' | 'retain'>,
  parts: { db: Db; clock: Clock; log: Logger; admits?: AdmissionGate },
): Promise<boolean> {
  const payload = typeof given === 'string' ? Buffer.from(given) : given;
  const reading = readPayload(deviceStateSchema, payload);
  if (!reading.ok) {
    parts.log.warn({ topic, reason: reading.reason }, 'presence.not_read');
    return false;
  }
  try {
    if (parts.admits !== undefined && !(await parts.admits(device, false))) return true;
    const step = await recordPresence(device, reading.message, retain, parts);
    if (step === 'late') parts.log.info({ device, online: reading.message.online }, 'presence.late');
  } catch (error) {
    parts.log.warn({ err: error, device }, 'presence.not_kept');
  }
  return true;
}
