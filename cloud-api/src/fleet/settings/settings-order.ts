import {
  type Clock,
  type CommandMessage,
  type MakeId,
  type SettingsOrder,
  settingsOrderSchema,
} from '@weighgate/protocol';
import type { Db } from '../../store/database.ts';
import type { CloudKey } from '../cloud-key.ts';
import { signCommand } from '../sign-command.ts';
import { findDesired, findReported } from './find-settings.ts';

/**
 * The settings a device has still to be told, signed anew each time: until it has said what came of them, and again when
 * it lives in another database than the one that said so.
 */
export async function settingsOrderFor(
  device: string,
  incarnation: string,
  parts: { db: Db; clock: Clock; makeId: MakeId; cloudKey: CloudKey },
): Promise<CommandMessage | undefined> {
  const desired = await findDesired(parts.db, device);
  if (desired === undefined) return undefined;
  const reported = await findReported(parts.db, device);
  const isTold =
    reported !== undefined &&
    reported.version >= desired.version &&
    reported.outcome !== 'trying' &&
    reported.incarnation === incarnation;
  if (isTold) return undefined;
  const signed = await signCommand(device, orderOf(desired), parts);
  return signed.kind === 'signed' ? signed.message : undefined;
}

/** The order for a version as it is stored. */
export function orderOf({ version, settings }: { version: number; settings: unknown }): SettingsOrder {
  return { kind: 'settings', version, settings: settingsOrderSchema.shape.settings.parse(settings) };
}
