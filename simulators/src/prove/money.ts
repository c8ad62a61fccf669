import { parseArgs } from 'node:util';
import { type Bill, billOf } from '@weighgate/cloud-api/src/billing/bill-of.ts';
import { moneyTextOf } from '@weighgate/cloud-api/src/billing/currency.ts';
import { vatKeyOf } from '@weighgate/cloud-api/src/billing/vat.ts';
import { type Random, seededRandom } from '../random.ts';
import { type MoneyCase, randomMoneyCase } from './money-cases.ts';
import { oracleBill } from './money-oracle.ts';
import type { ProofOutcome } from './proof.ts';

/** What makes bills: the real thing, or a broken one in a test of this proof. */
export type MakeBill = (given: MoneyCase) => Bill;

const realBill: MakeBill = ({ providerId, sessions, rates, terms }) =>
  billOf(providerId, sessions, rates, terms);

const MAX_SHOWN = 3;

/** What came of comparing. */
export interface MoneyTally {
  bills: number;
  billed: number;
  blocked: number;
  lines: number;
  qualityLines: number;
  differences: number;
  /** The first few differences: the case, and both bills. */
  shown: string[];
}

/** Makes random bills and has each computed again by rational numbers. */
export function compareBills(bills: number, random: Random, make: MakeBill = realBill): MoneyTally {
  const tally: MoneyTally = {
    bills,
    billed: 0,
    blocked: 0,
    lines: 0,
    qualityLines: 0,
    differences: 0,
    shown: [],
  };
  for (let i = 0; i < bills; i += 1) {
    const given = randomMoneyCase(random);
    const bill = make(given);
    const expected = oracleBill(given);
    const said = factsOf(bill, given);
    if (bill.kind === 'billed') {
      tally.billed += 1;
      tally.lines += bill.lines.length;
      tally.qualityLines += bill.qualityLines.length;
    } else tally.blocked += 1;
    if (said === expected) continue;
    tally.differences += 1;
    if (tally.shown.length < MAX_SHOWN) {
      tally.shown.push(`bill ${i}: ${JSON.stringify(given)}\nours:\n${said}\noracle:\n${expected}`);
    }
  }
  return tally;
}

/** Our bill in the words of the oracle. */
function factsOf(bill: Bill, { terms, sessions }: MoneyCase): string {
  if (bill.kind === 'blocked') {
    return bill.blocked
      .map(({ sessionId, reason }) => `blocked ${sessionId} ${reason}`)
      .sort()
      .join('\n');
  }
  const vatName = (vat: Parameters<typeof vatKeyOf>[0]) => (vat === null ? 'none' : vatKeyOf(vat));
  const facts = bill.lines.map(
    (line) => `line ${line.rate.id} ${vatName(line.vat)} ${line.netG} ${line.amountMinor}`,
  );
  for (const { session, finding, amountMinor } of bill.qualityLines) {
    const given = sessions.find(({ sessionId }) => sessionId === session.sessionId);
    facts.push(
      `quality ${session.sessionId} ${given?.findings?.indexOf(finding) ?? 'unknown'} ${amountMinor}`,
    );
  }
  for (const group of bill.vatGroups) {
    facts.push(`vat ${group.percent ?? 'exempt'} ${group.baseMinor} ${group.vatMinor}`);
  }
  const { totalNetG, totalMinor, vatMinor, payableMinor } = bill;
  const text = moneyTextOf(payableMinor, terms.currency);
  facts.push(`total ${totalNetG} ${totalMinor} ${vatMinor} ${payableMinor} ${text}`);
  return facts.sort().join('\n');
}

const grouped = new Intl.NumberFormat('en');

/** Random bills against an oracle of rational numbers that shares no code with them: not one may differ. */
export function proveMoney(args: string[]): ProofOutcome {
  const { values } = parseArgs({
    args,
    options: { n: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  });
  const tally = compareBills(Number(values.n), seededRandom(Number(values.seed)));
  const alike = tally.bills - tally.differences;
  return {
    kind: 'tried',
    results: [
      {
        name: 'money',
        value: tally.bills === 0 ? 0 : alike / tally.bills,
        goal: 1,
        details: [
          `seed ${values.seed}: ${grouped.format(tally.bills)} bills, ${grouped.format(tally.billed)} made and ` +
            `${grouped.format(tally.blocked)} blocked, ${grouped.format(tally.lines)} lines, ` +
            `${grouped.format(tally.qualityLines)} quality lines, differences ${tally.differences}`,
          ...tally.shown,
          'not tried here: how sessions and rates are read from the database, and what a bill shows of them',
        ],
      },
    ],
  };
}
