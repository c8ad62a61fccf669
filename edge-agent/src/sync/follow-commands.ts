import type { Clock, Command, CommandMessage, CommandRefusal } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { TakenCommands } from '../store/taken-commands.ts';
import { judgeCommand } from './judge-command.ts';

/** Refusals of one kind leave one entry within this time: whoever floods us must not fill the journal. */
const AUDIT_PAUSE_MS = 600_000;

export interface FollowCommandsParts {
  device: string;
  cloudKey: () => string | null;
  /** By the cloud's clock as far as it is known, ms since 1970. */
  cloudNowMs: () => number;
  taken: TakenCommands;
  clock: Clock;
  log: Logger;
  follow: (order: Command['order']) => void;
}

/** Takes each command of the cloud once, and leaves an entry of those it refuses. Never throws. */
export function followCommands({
  device,
  cloudKey,
  cloudNowMs,
  taken,
  clock,
  log,
  follow,
}: FollowCommandsParts): (message: CommandMessage, retained: boolean) => void {
  const auditedAtMs = new Map<CommandRefusal, number>();
  return (message, retained) => {
    try {
      const nowMs = cloudNowMs();
      const facts = { device, cloudKey: cloudKey(), nowMs, retained, isTaken: taken.isTaken };
      const verdict = judgeCommand(message, facts);
      if (verdict.kind === 'good') {
        const { nonce, expiresAt, order } = verdict.command;
        taken.take(nonce, Date.parse(expiresAt), nowMs);
        log.info({ nonce, order: order.kind }, 'command.taken');
        follow(order);
        return;
      }
      const { kind: _, ...refusal } = verdict;
      log.warn(refusal, 'command.refused');
      const atMs = clock.monotonicMs();
      if (atMs - (auditedAtMs.get(refusal.reason) ?? -AUDIT_PAUSE_MS) < AUDIT_PAUSE_MS) return;
      auditedAtMs.set(refusal.reason, atMs);
      taken.refused(refusal);
    } catch (error) {
      // What cannot be kept is not followed; the cloud asks again.
      log.error({ err: error }, 'command.not_kept');
    }
  };
}
