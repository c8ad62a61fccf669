import {
  type Clock,
  type Command,
  type CommandMessage,
  commandClaimOf,
  isoInstant,
  type MakeId,
} from '@weighgate/protocol';
import type { Db } from '../store/database.ts';
import type { CloudKey } from './cloud-key.ts';
import { mayCommand } from './quarantine.ts';

/** A command is good for so long: a device that is away gets a new one when it is asked again. */
const COMMAND_LIFE_MS = 60_000;

/** A signed command, or why the device gets none. */
export type SignedCommand =
  | { kind: 'signed'; message: CommandMessage }
  | { kind: 'unknown' }
  | { kind: 'quarantined' };

/** Signs a command for a device that may be commanded now. */
export async function signCommand(
  device: string,
  order: Command['order'],
  { db, clock, makeId, cloudKey }: { db: Db; clock: Clock; makeId: MakeId; cloudKey: CloudKey },
): Promise<SignedCommand> {
  if (!(await mayCommand(db, device))) {
    const known = await db
      .selectFrom('devices')
      .select('device')
      .where('device', '=', device)
      .executeTakeFirst();
    return { kind: known === undefined ? 'unknown' : 'quarantined' };
  }
  const expiresAt = isoInstant(clock.now() + COMMAND_LIFE_MS);
  const command: Command = { v: 1, device, nonce: makeId(), expiresAt, order };
  const text = JSON.stringify(command);
  const signature = cloudKey.sign(commandClaimOf(text));
  return { kind: 'signed', message: { v: 1, type: 'command', device, text, signature } };
}
