import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isoInstant } from '@weighgate/protocol';
import { z } from 'zod';
import { type BilledBill, type BillLine, type BillTerms, billOf } from '../bill-of.ts';
import { frozenBillSchema, frozenProduceLineSchema } from '../frozen-bill.ts';
import type { Rate } from '../rate.ts';
import type { VatOfLine } from '../vat.ts';
import type { Blocker } from './find-blockers.ts';
import { type Cuts, instantIn } from './price-segments.ts';
import type { DeliveredSum } from './sum-deliveries.ts';

const figureLineSchema = frozenProduceLineSchema.omit({
  no: true,
  kind: true,
  sessionsHash: true,
  corrects: true,
});

/** The figures of a run as they are kept while it is no bill yet. With `blocked` there is nothing else. */
export const draftFiguresSchema = z.strictObject({
  currency: z.string(),
  rounding: z.enum(['half_away', 'half_even']),
  lines: z.array(figureLineSchema),
  vatGroups: frozenBillSchema.shape.vatGroups,
  totals: frozenBillSchema.shape.totals,
  blocked: z.array(
    z.strictObject({ reason: z.string(), produce: z.string().nullable(), sessionCount: z.int().positive() }),
  ),
});
export type DraftFigures = z.infer<typeof draftFiguresSchema>;

/** Everything that the figures of one provider's run follow from. */
export interface FigureParts {
  providerId: number;
  periodFromMs: number;
  sums: readonly DeliveredSum[];
  cuts: Cuts;
  rates: readonly Rate[];
  terms: BillTerms;
  blockers: readonly Blocker[];
}

/** Figures, their text and its hash; and which line a segment of a produce is on, from 1. */
export interface Drafted {
  figures: DraftFigures;
  text: string;
  hash: string;
  blockedCount: number;
  lineNoOf: ReadonlyMap<string, number>;
}

const segmentKeyOf = (produce: string | null, segment: number): string => JSON.stringify([produce, segment]);

/**
 * The figures of a run. Pure. Sums of a segment are given to {@link billOf} as if each were one session: nothing that prices
 * depend on changes inside a segment, and a line is rounded once, on the sum of its grams.
 */
export function draftFiguresOf(parts: FigureParts): Drafted {
  const { providerId, periodFromMs, sums, cuts, rates, terms } = parts;
  const countOf = new Map(sums.map((sum) => [segmentKeyOf(sum.produce, sum.segment), sum.sessionCount]));
  const bill = billOf(
    providerId,
    sums.map(({ produce, segment, netG }) => {
      const weighedOutAtMs = instantIn(segment, cuts);
      const sessionId = segmentKeyOf(produce, segment);
      return {
        sessionId,
        ticketNo: '',
        truck: '',
        produce,
        netG,
        weighedOutAtMs,
        isLate: weighedOutAtMs < periodFromMs,
      };
    }),
    rates,
    terms,
  );
  const blocked = [...parts.blockers];
  if (bill.kind === 'blocked') {
    const sumOf = new Map(sums.map((sum) => [segmentKeyOf(sum.produce, sum.segment), sum]));
    for (const { sessionId, reason } of bill.blocked) {
      const sum = sumOf.get(sessionId ?? '');
      assert(sum !== undefined, 'what blocks is one of the sums');
      blocked.push({ reason, produce: sum.produce, sessionCount: sum.sessionCount });
    }
  }
  const billed = bill.kind === 'billed' && blocked.length === 0 ? bill : nothing;
  const sessionCountOf = (line: BillLine) =>
    line.sessions.reduce((count, { sessionId }) => count + (countOf.get(sessionId) ?? 0), 0);
  const figures = figuresOf(billed, sessionCountOf, terms, blocked);
  const text = JSON.stringify(figures);
  return {
    figures,
    text,
    hash: createHash('sha256').update(text, 'utf8').digest('hex'),
    blockedCount: blocked.reduce((count, { sessionCount }) => count + sessionCount, 0),
    lineNoOf: new Map(
      billed.lines.flatMap(({ sessions }, index) => sessions.map(({ sessionId }) => [sessionId, index + 1])),
    ),
  };
}

const nothing: Pick<
  BilledBill,
  'lines' | 'vatGroups' | 'totalNetG' | 'totalMinor' | 'vatMinor' | 'payableMinor'
> = {
  lines: [],
  vatGroups: [],
  totalNetG: 0n,
  totalMinor: 0n,
  vatMinor: 0n,
  payableMinor: 0n,
};

function figuresOf(
  bill: typeof nothing,
  sessionCountOf: (line: BillLine) => number,
  { currency, rounding }: BillTerms,
  blocked: Blocker[],
): DraftFigures {
  return {
    currency,
    rounding,
    lines: bill.lines.map((line) => ({
      produce: line.produce,
      rate: frozenRateOf(line.rate),
      vat: frozenVatOf(line.vat),
      isLate: line.isLate,
      netG: String(line.netG),
      amountMinor: String(line.amountMinor),
      sessionCount: sessionCountOf(line),
    })),
    vatGroups: bill.vatGroups.map(({ percent, baseMinor, vatMinor }) => ({
      percent,
      baseMinor: String(baseMinor),
      vatMinor: String(vatMinor),
    })),
    totals: {
      netG: String(bill.totalNetG),
      netMinor: String(bill.totalMinor),
      vatMinor: String(bill.vatMinor),
      totalMinor: String(bill.payableMinor),
    },
    blocked,
  };
}

function frozenRateOf(rate: Rate): DraftFigures['lines'][number]['rate'] {
  return {
    id: rate.id,
    providerId: rate.providerId,
    perKgMinor: rate.ratePerKgMinor,
    validFrom: rate.validFromMs === null ? null : isoInstant(rate.validFromMs),
    validTo: rate.validToMs === null ? null : isoInstant(rate.validToMs),
  };
}

function frozenVatOf(vat: VatOfLine): DraftFigures['lines'][number]['vat'] {
  if (vat === null) return { kind: 'not_charged' };
  return vat === 'exempt' ? { kind: 'exempt' } : { kind: 'charged', rateId: vat.id, percent: vat.percent };
}
