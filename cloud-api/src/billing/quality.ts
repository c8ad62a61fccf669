import { strict as assert } from 'node:assert';
import { scaledOf } from './decimal.ts';
import type { Fraction } from './money.ts';

/**
 * What was found of one delivery's quality, and so changes what is paid for it. It never changes a weight. Percentages
 * are decimal text with at most four decimals.
 *
 * - `moisture`: of goods sold at `basePercent` of water. Above it, what is water beyond the base is not paid:
 *   `-(found - base) / (100 - base)` of the amount. At or below the base nothing changes. Base is below 100.
 * - `pound_solids`: fruit for juice, paid by its soluble solids. The rate is that of fruit with `standardPercent`; the
 *   amount changes by `(found - standard) / standard`, up or down. Standard is above 0.
 * - `deduction`: a percentage taken off for the reason given, such as leaves and soil.
 */
export type QualityFinding =
  | { kind: 'moisture'; foundPercent: string; basePercent: string }
  | { kind: 'pound_solids'; foundPercent: string; standardPercent: string }
  | { kind: 'deduction'; percent: string; reason: string };

const HUNDRED_PERCENT = scaledOf('100');

/** What part of a delivery's amount a finding adds (above zero) or takes off (below zero), exactly. */
export function partChangedBy(finding: QualityFinding): Fraction {
  switch (finding.kind) {
    case 'moisture': {
      const base = scaledOf(finding.basePercent);
      assert(base < HUNDRED_PERCENT, 'goods are not sold as water');
      const excess = scaledOf(finding.foundPercent) - base;
      return { numerator: excess > 0n ? -excess : 0n, denominator: HUNDRED_PERCENT - base };
    }
    case 'pound_solids': {
      const standard = scaledOf(finding.standardPercent);
      assert(standard > 0n, 'a standard is above zero');
      return { numerator: scaledOf(finding.foundPercent) - standard, denominator: standard };
    }
    case 'deduction':
      return { numerator: -scaledOf(finding.percent), denominator: HUNDRED_PERCENT };
  }
}
