import { describe, expect, test } from 'vitest';
import { testRequiring } from '../required-component.ts';
import { proveAuthz } from './authz.ts';
import { proveContract } from './contract.ts';
import { proveDrain } from './drain.ts';
import { proveLimits } from './limits.ts';
import type { ProofOutcome } from './proof.ts';
import { proveTokens } from './tokens.ts';

async function expectProven(proving: Promise<ProofOutcome>): Promise<void> {
  const outcome = await proving;
  if (outcome.kind === 'missing') throw new Error(outcome.what);
  for (const { value, goal, details } of outcome.results)
    expect(value, details.join('\n')).toBeGreaterThanOrEqual(goal);
}

describe('the edge of the cloud', { timeout: 120_000 }, () => {
  test('every route lets in whom the checked-in table says, and shows no provider what is another’s', () =>
    expectProven(proveAuthz([])));

  test('no forged token is accepted', () => expectProven(proveTokens()));

  test('no drawn request is answered with a failure of ours, or with what the document does not declare', () =>
    expectProven(proveContract(['--requests', '2000'])));

  testRequiring('redis-server')('limits hold over two replicas, and without Redis in each', () =>
    expectProven(proveLimits()),
  );

  test('two replicas are restarted under load, and no request is lost', () => expectProven(proveDrain()));
});
