import type { RoundingMode } from '../decimal.ts';
import type { FrozenLine } from '../frozen-bill.ts';
import { amountMinorOf } from '../money.ts';

/**
 * What of a line is to be credited: all that is left of it, an amount of money, or some of its sessions. All and sessions
 * give the sessions free to be billed again; an amount leaves them where they are.
 */
export type LineCredit =
  | { kind: 'all' }
  | { kind: 'amount'; amountMinor: bigint }
  | { kind: 'sessions'; netG: bigint };

/** What is left of a line after the credit notes before. An amount has the sign of the line's. */
export interface LineRest {
  netG: bigint;
  amountMinor: bigint;
}

/** What one credit takes off a line; `too_much` when no more than `rest` is left. */
export type LineCut =
  | { kind: 'cut'; netG: bigint; amountMinor: bigint }
  | { kind: 'too_much'; rest: LineRest };

/**
 * What a credit takes off a line, so that credits of all parts add up to the whole to the last minor unit: sessions are
 * credited by what the rest of the line is worth with them, less what it is worth without; the last ones take all that is
 * left. Pure.
 */
export function cutOf(line: FrozenLine, rest: LineRest, credit: LineCredit, rounding: RoundingMode): LineCut {
  if (credit.kind === 'all') return { kind: 'cut', ...rest };
  if (credit.kind === 'amount') {
    const { amountMinor } = credit;
    const isPart = rest.amountMinor < 0n ? amountMinor >= rest.amountMinor : amountMinor <= rest.amountMinor;
    const isSameSign = amountMinor < 0n === rest.amountMinor < 0n && amountMinor !== 0n;
    return isPart && isSameSign ? { kind: 'cut', netG: 0n, amountMinor } : { kind: 'too_much', rest };
  }
  const { netG } = credit;
  if (line.kind !== 'produce' || netG > rest.netG) return { kind: 'too_much', rest };
  if (netG === rest.netG) return { kind: 'cut', ...rest };
  const worthOf = (grams: bigint) => amountMinorOf(grams, line.rate.perKgMinor, rounding);
  const worth = worthOf(rest.netG) - worthOf(rest.netG - netG);
  // Money may have been credited before without any sessions: then less is left than they are worth.
  if (worth > rest.amountMinor) return { kind: 'cut', netG, amountMinor: rest.amountMinor };
  return { kind: 'cut', netG, amountMinor: worth };
}
