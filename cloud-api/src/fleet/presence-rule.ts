import type { DeviceState } from '@weighgate/protocol';

/** The connection that the presence on file is of. */
export interface KnownConnection {
  bootId: string;
  /** When it was begun, on the monotonic clock of its boot; null for a device that does not say. */
  connectedMs: number | null;
  online: boolean;
}

/** What a word of a device makes of its presence. `late` is of a connection that another one has replaced. */
export type PresenceStep = 'taken' | 'late';

/**
 * Whether a word of a device is about the connection it has now. A goodbye or a will counts for the very connection that
 * is on file and for no other: the broker may speak the will of an old one long after the next was made. A birth counts
 * unless it is older than what is on file.
 * @param fromOlderBoot whether the boot it names greeted before the one on file first did
 */
export function judgePresence(
  known: KnownConnection | undefined,
  said: Pick<DeviceState, 'online' | 'bootId' | 'connectedMonoMs'>,
  fromOlderBoot: boolean,
): PresenceStep {
  if (known === undefined) return 'taken';
  const connectedMs = said.connectedMonoMs ?? null;
  if (said.bootId !== known.bootId) return said.online && !fromOlderBoot ? 'taken' : 'late';
  if (connectedMs === null || known.connectedMs === null) return 'taken';
  if (said.online) return connectedMs >= known.connectedMs ? 'taken' : 'late';
  return connectedMs === known.connectedMs ? 'taken' : 'late';
}
