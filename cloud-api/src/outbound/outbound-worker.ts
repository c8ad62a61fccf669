import type { Clock } from '@weighgate/protocol';
import type { Logger } from 'pino';
import type { Db } from '../store/database.ts';
import { type ClaimedMessage, claimMessages, giveUpUnfinished } from './claim-messages.ts';
import { type AttemptOutcome, recordAttempt } from './record-attempt.ts';
import { MAX_ATTEMPTS } from './retry-rule.ts';

/** Between two looks at an empty table. */
const LOOK_MS = 1_000;
/** Sent side by side. */
const AT_ONCE = 8;

/** Sends one message of a channel. Never throws for what the outside does; a throw is a mistake of ours or the database's. */
export type SendMessage = (message: ClaimedMessage) => Promise<AttemptOutcome>;

export interface OutboundParts {
  db: Db;
  clock: Clock;
  log: Logger;
  /** Chance between 0 and 1, for spreading retries. */
  chance: () => number;
  channels: Readonly<Record<ClaimedMessage['channel'], SendMessage>>;
}

/**
 * Sends what is due, once. For tests, and for {@link startOutbound}.
 * @returns how many messages were tried
 */
export async function sendDue(parts: OutboundParts): Promise<number> {
  const { db, clock, log } = parts;
  const given = await giveUpUnfinished(db, clock.now());
  if (given > 0) log.error({ messages: given }, 'outbound.given_up');
  const claimed = await claimMessages(db, { nowMs: clock.now(), limit: AT_ONCE, maxAttempts: MAX_ATTEMPTS });
  await Promise.all(claimed.map((message) => attempt(message, parts)));
  return claimed.length;
}

async function attempt(message: ClaimedMessage, { db, clock, log, chance, channels }: OutboundParts) {
  const startedAtMs = clock.now();
  const outcome = await channels[message.channel](message);
  const state = await recordAttempt(db, message, outcome, {
    startedAtMs,
    nowMs: clock.now(),
    chance: chance(),
  });
  const { messageId, channel, attempt: number } = message;
  const said = { messageId, channel, attempt: number, status: outcome.status, detail: outcome.detail };
  if (state === 'sent') log.info(said, 'outbound.sent');
  else if (state === 'waiting') log.warn(said, 'outbound.attempt_failed');
  else log.error(said, 'outbound.given_up');
}

/** Sends what is due, again and again, until disposed; a failure of the database is logged and waited out. */
export function startOutbound(parts: OutboundParts): AsyncDisposable {
  const { clock, log } = parts;
  const stop = new AbortController();
  const sending = (async () => {
    while (!stop.signal.aborted) {
      const sent = await sendDue(parts).catch((error: unknown) => {
        log.error({ err: error }, 'outbound.look_failed');
        return 0;
      });
      if (sent > 0) continue;
      await clock.sleep(LOOK_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await sending;
    },
  };
}
