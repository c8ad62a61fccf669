import { type Clock, isoInstant } from '@weighgate/protocol';
import { sql } from 'kysely';
import type { Db, Trx } from '../store/database.ts';
import { secretHashOf } from './secret-hash.ts';

/** Failures older than this do not count any more. */
const WINDOW_MS = 3_600_000;
/** The wait doubles with each failure beyond the free ones, from a second to this. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** An address is known to an account when a session began there this recently. */
const KNOWN_MS = 30 * 86_400_000;
/** Every so many failures of all accounts together, somebody is told. */
const ALARM_EVERY = 100;
const EVERY = '*';

/** One counter, and how many failures it takes before anybody waits. */
interface Counter {
  account: string;
  address: string;
  free: number;
}
const freeOfPair = 5;
const freeOfAccount = 20;
const freeOfAddress = 20;

/** An attempt that may be made; it counts as failed until one of its two ends is called. */
export interface AllowedAttempt {
  kind: 'allowed';
  /** Whether so many sign-ins failed lately that somebody should hear of it. */
  isAlarm: boolean;
  /** It failed, but not because somebody guessed. */
  forgive(): Promise<void>;
  succeed(): Promise<void>;
}
export type Attempt = AllowedAttempt | { kind: 'wait'; waitMs: number };

/**
 * Takes one attempt to sign in. It counts as failed before the password is looked at, so that guesses sent at once count
 * each. Three counters: account and address together; the account from addresses it never signed in from; the address on
 * accounts that never signed in from it. So a stranger makes strangers wait, and never the owner at a place where the
 * owner was before.
 * @param nameKey of the account, whether there is one or not
 */
export async function takeAttempt(
  db: Db,
  { nameKey, address }: { nameKey: string; address: string },
  clock: Clock,
): Promise<Attempt> {
  const account = secretHashOf(nameKey).slice(0, 32);
  const nowMs = clock.now();
  const pair: Counter = { account, address, free: freeOfPair };
  const strangers: Counter[] = [
    { account, address: EVERY, free: freeOfAccount },
    { account: EVERY, address, free: freeOfAddress },
  ];
  const everybody: Counter = { account: EVERY, address: EVERY, free: Number.POSITIVE_INFINITY };
  const isKnown = await isKnownPlace(db, nameKey, address, nowMs);
  const counters = isKnown ? [pair, everybody] : [pair, ...strangers, everybody];

  return db.transaction().execute(async (trx): Promise<Attempt> => {
    const found: { counter: Counter; failures: number; blockedUntilMs: number }[] = [];
    for (const counter of counters) found.push({ counter, ...(await lockCounter(trx, counter, nowMs)) });
    const waitMs = Math.max(...found.map(({ blockedUntilMs }) => blockedUntilMs - nowMs));
    if (waitMs > 0) return { kind: 'wait', waitMs };
    let total = 0;
    for (const { counter, ...before } of found) {
      total = before.failures + 1;
      const untilMs = nowMs + waitAfter(total - counter.free);
      await updateCounter(trx, counter, { failures: total, blockedUntilMs: untilMs, nowMs });
    }
    const forgive = async () => {
      for (const { account: one, address: place } of counters) {
        // What others did meanwhile stays counted.
        await sql`update sign_in_failures
          set failures = greatest(0, failures - 1),
              blocked_until = case when last_at = ${isoInstant(nowMs)}::timestamptz then last_at else blocked_until end
          where account = ${one} and address = ${place}`.execute(db);
      }
    };
    return {
      kind: 'allowed',
      isAlarm: total % ALARM_EVERY === 0,
      forgive,
      succeed: async () => {
        await forgive();
        await db
          .deleteFrom('sign_in_failures')
          .where((eb) =>
            eb.or([
              eb.and([eb('account', '=', account), eb('address', '=', address)]),
              eb('last_at', '<', sql<Date>`${isoInstant(nowMs - WINDOW_MS)}::timestamptz`),
            ]),
          )
          .execute();
      },
    };
  });
}

/** @param beyondFree failures beyond those that cost nothing */
function waitAfter(beyondFree: number): number {
  return beyondFree < 0 ? 0 : Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.min(20, beyondFree));
}

async function isKnownPlace(db: Db, nameKey: string, address: string, nowMs: number): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select exists (
      select from sign_in_sessions s join users u using (user_id)
      where u.name_key = ${nameKey} and s.address = ${address}
        and s.started_at > ${isoInstant(nowMs - KNOWN_MS)}::timestamptz) as known`.execute(db);
  return rows[0]?.known === true;
}

/** Reads a counter, at zero when its last failure is long ago, and keeps others from it until the transaction ends. */
async function lockCounter(trx: Trx, { account, address }: Counter, nowMs: number) {
  const { rows } = await sql<{ failures: number; blocked_until: Date }>`
    insert into sign_in_failures as f (account, address, failures, last_at, blocked_until)
    values (${account}, ${address}, 0, ${isoInstant(nowMs)}, ${isoInstant(0)})
    on conflict (account, address) do update set failures =
      case when f.last_at < ${isoInstant(nowMs - WINDOW_MS)}::timestamptz then 0 else f.failures end
    returning failures, blocked_until`.execute(trx);
  const [row] = rows;
  return { failures: row?.failures ?? 0, blockedUntilMs: row?.blocked_until.getTime() ?? 0 };
}

async function updateCounter(
  trx: Trx,
  { account, address }: Counter,
  { failures, blockedUntilMs, nowMs }: { failures: number; blockedUntilMs: number; nowMs: number },
): Promise<void> {
  await trx
    .updateTable('sign_in_failures')
    .set({ failures, last_at: isoInstant(nowMs), blocked_until: isoInstant(blockedUntilMs) })
    .where('account', '=', account)
    .where('address', '=', address)
    .execute();
}
