import { describe, expect, test } from 'vitest';
import { proveBilling } from './billing.ts';
import { proveInvoices } from './invoices.ts';

describe('the proofs of bills, small', { timeout: 240_000 }, () => {
  test('issued at once and cut off in the middle, bills are numbered without a gap and nobody changes one', async () => {
    const outcome = await proveInvoices(['--parallel', '20']);
    if (outcome.kind === 'missing') throw new Error(outcome.what);
    for (const { name, value, details } of outcome.results)
      expect(value, `${name}\n${details.join('\n')}`).toBe(1);
  });

  test('killed at any statement and run by several at once, every session is billed once', async () => {
    const outcome = await proveBilling(['--kills', '8']);
    if (outcome.kind === 'missing') throw new Error(outcome.what);
    for (const { name, value, details } of outcome.results)
      expect(value, `${name}\n${details.join('\n')}`).toBe(1);
  });
});
