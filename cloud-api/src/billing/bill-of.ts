import { amountMinorOf } from './money.ts';
import { type Rate, rateFor } from './rate.ts';

/** A closed session to be billed. `netG` is null while its net is pending. */
export interface BillableSession {
  sessionId: string;
  ticketNo: string;
  truck: string;
  produce: string | null;
  netG: number | null;
  weighedOutAtMs: number;
}

/** A session that keeps the bill from being made, and why. */
export interface BlockedSession {
  sessionId: string | null;
  ticketNo: string | null;
  truck: string | null;
  reason: 'pending_net' | 'no_produce' | 'no_rate' | 'no_owner' | 'parked';
}

/** A session whose net is known. */
export interface BilledSession extends BillableSession {
  netG: number;
}

/** Sessions of one produce under one rate: grams summed first, then one multiplication and one rounding. */
export interface BillLine {
  produce: string;
  rate: Rate;
  sessions: BilledSession[];
  netG: bigint;
  amountMinor: bigint;
}

/** A bill, or what keeps it from being made. */
export type Bill =
  | { kind: 'billed'; lines: BillLine[]; totalNetG: bigint; totalMinor: bigint }
  | { kind: 'blocked'; blocked: BlockedSession[] };

/**
 * The bill of one provider for the sessions given. Pure. One session that cannot be priced blocks the whole bill:
 * a bill without it would look complete.
 */
export function billOf(
  providerId: number,
  sessions: readonly BillableSession[],
  rates: readonly Rate[],
): Bill {
  const blocked: BlockedSession[] = [];
  const lines = new Map<string, BillLine>();
  for (const session of sessions) {
    const priced = priceOf(providerId, session, rates);
    if (priced.kind === 'blocked') {
      const { sessionId, ticketNo, truck } = session;
      blocked.push({ sessionId, ticketNo, truck, reason: priced.reason });
      continue;
    }
    const { rate, netG } = priced;
    // A rate row holds for one produce, so its id is the line.
    const line = lines.get(rate.id) ?? {
      produce: rate.produce,
      rate,
      sessions: [],
      netG: 0n,
      amountMinor: 0n,
    };
    line.sessions.push({ ...session, netG });
    line.netG += BigInt(netG);
    lines.set(rate.id, line);
  }
  if (blocked.length > 0) return { kind: 'blocked', blocked };

  let totalNetG = 0n;
  let totalMinor = 0n;
  for (const line of lines.values()) {
    line.amountMinor = amountMinorOf(line.netG, line.rate.ratePerKgMinor);
    totalNetG += line.netG;
    totalMinor += line.amountMinor;
  }
  return { kind: 'billed', lines: [...lines.values()].sort(byProduceThenRate), totalNetG, totalMinor };
}

type Price =
  | { kind: 'priced'; rate: Rate; netG: number }
  | { kind: 'blocked'; reason: BlockedSession['reason'] };

/** The rate of one session, or why there is none. */
export function priceOf(providerId: number, session: BillableSession, rates: readonly Rate[]): Price {
  const { netG, produce, weighedOutAtMs } = session;
  if (netG === null) return { kind: 'blocked', reason: 'pending_net' };
  if (produce === null) return { kind: 'blocked', reason: 'no_produce' };
  const rate = rateFor({ produce, providerId, weighedOutAtMs }, rates);
  return rate === undefined ? { kind: 'blocked', reason: 'no_rate' } : { kind: 'priced', rate, netG };
}

function byProduceThenRate(a: BillLine, b: BillLine): number {
  const [left, right] = [`${a.produce}\n${a.rate.id}`, `${b.produce}\n${b.rate.id}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
