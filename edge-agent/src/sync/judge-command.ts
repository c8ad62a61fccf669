import {
  type Command,
  type CommandMessage,
  type CommandRefusal,
  commandClaimOf,
  commandSchema,
  isoInstant,
  isSigned,
  MAX_COMMAND_LIFE_MS,
} from '@weighgate/protocol';

/** A command that may be followed once, or why it may not. */
export type CommandVerdict =
  | { kind: 'good'; command: Command }
  | { kind: 'refused'; reason: CommandRefusal; nonce: Command['nonce'] | null; detail: string };

/** What a command is judged by. */
export interface CommandFacts {
  device: string;
  /** The cloud's key as it was handed out at the enrolment; null where none was. */
  cloudKey: string | null;
  /** By the cloud's clock as far as it is known. */
  nowMs: number;
  /** Whether the broker had kept it: a command cannot be kept. */
  retained: boolean;
  isTaken: (nonce: string) => boolean;
}

/** Judges a command: whose it is, for whom, whether it is still good and was not taken before. */
export function judgeCommand({ text, signature }: CommandMessage, facts: CommandFacts): CommandVerdict {
  const { device, cloudKey, nowMs, retained, isTaken } = facts;
  const refuse = (reason: CommandRefusal, detail: string, nonce: Command['nonce'] | null = null) =>
    ({ kind: 'refused', reason, nonce, detail }) as const;
  if (retained) return refuse('retained', 'the broker had kept it, and a command cannot be kept');
  if (cloudKey === null) return refuse('no_key', 'this device was never given a key to check commands with');
  if (!isSigned(commandClaimOf(text), signature, cloudKey)) {
    return refuse('bad_signature', 'it is not signed by the cloud that this device was enrolled with');
  }
  const parsed = commandSchema.safeParse(jsonOf(text));
  if (!parsed.success) return refuse('unreadable', 'it is signed, but none that this version can read');
  const command = parsed.data;
  const { nonce, expiresAt } = command;
  if (command.device !== device) return refuse('wrong_device', `it is for ${command.device}`, nonce);
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs <= 0)
    return refuse('expired', `it was good until ${expiresAt}, now it is ${isoInstant(nowMs)}`, nonce);
  if (leftMs > MAX_COMMAND_LIFE_MS)
    return refuse('expired', `it is good until ${expiresAt}, which is too long`, nonce);
  if (isTaken(nonce)) return refuse('replayed', 'it was taken before', nonce);
  return { kind: 'good', command };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
