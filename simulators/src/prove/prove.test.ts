import { describe, expect, test } from 'vitest';
import { testRequiring } from '../required-component.ts';
import { proveAcl } from './acl.ts';
import { proveCrash } from './crash.ts';
import { proveKill9 } from './kill9.ts';
import { proveOffline90 } from './offline90.ts';
import type { ProofOutcome } from './proof.ts';
import { proveTamper } from './tamper.ts';

function resultsOf(outcome: ProofOutcome) {
  if (outcome.kind === 'missing') throw new Error(outcome.what);
  return outcome.results;
}

describe('the proofs, small', { timeout: 120_000 }, () => {
  test('every flipped bit and every edit of a journal is found', () => {
    for (const { value, details } of resultsOf(proveTamper(['--flips', '500', '--edits', '140'])))
      expect(value, details.join('\n')).toBe(1);
  });

  test('an agent killed at any moment has kept what it answered', async () => {
    const [kill9] = resultsOf(await proveKill9(['--cycles', '2']));
    expect(kill9?.value, kill9?.details.join('\n')).toBe(1);
  });

  testRequiring('mosquitto')(
    'what was weighed offline for ninety days arrives once, in order, and the ledger says the same',
    async () => {
      const [offline] = resultsOf(await proveOffline90(['--entries', '1000', '--before', '6']));
      expect(offline?.value, offline?.details.join('\n')).toBe(1);
    },
    120_000,
  );

  testRequiring('mosquitto')(
    'on both brokers no device reaches another, and without their rules the proof finds that they do',
    async () => {
      const only = ['--devices', '2', '--only', 'pairs,E02,E03,E09,E10,E11,E12,E22,E23'];
      for (const { name, value, details } of resultsOf(await proveAcl(only)))
        expect(value, `${name}\n${details.join('\n')}`).toBe(1);
      const [pairs] = resultsOf(await proveAcl(['--control', '--devices', '2', '--only', 'pairs']));
      expect(pairs?.value).toBe(0);
    },
    120_000,
  );

  testRequiring('strace')(
    'a power cut after any call loses nothing that was answered, and without flushes the proof finds losses',
    async () => {
      const args = ['--images', '120', '--weighings', '8', '--control'];
      const [crash, control] = resultsOf(await proveCrash(args));
      expect(crash?.value, crash?.details.join('\n')).toBe(1);
      expect(control?.value, control?.details.join('\n')).toBeGreaterThan(0);
    },
    120_000,
  );
});
