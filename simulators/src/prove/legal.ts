import { systemClock } from '@weighgate/protocol';
import { legalRows, rowsNotTried } from './legal-rows.ts';
import { openLegalSite } from './legal-site.ts';
import type { ProofOutcome } from './proof.ts';
import { proofFolder } from './proved-agent.ts';
import { openScriptedBeams } from './scripted-beams.ts';
import { openScriptedIndicator } from './scripted-indicator.ts';

/**
 * Tries every row of the checklist of legal metrology that applies, by its id, on the real agent with a scripted
 * indicator. One result a row; what is not tried is listed with the reason.
 */
export async function proveLegal(): Promise<ProofOutcome> {
  using folder = proofFolder('legal');
  await using indicator = await openScriptedIndicator(systemClock);
  await using beams = await openScriptedBeams();
  await using site = await openLegalSite({ indicator, beams }, folder.path, systemClock);
  const results = [];
  for (const { ids, claim, try: tryRow } of legalRows) {
    const fault = await faultOf(() => tryRow(site));
    const details = [fault === null ? claim : `${claim}: ${fault}`];
    for (const [index, id] of ids.entries())
      results.push({ name: id, value: fault === null ? 1 : 0, goal: 1, details: index === 0 ? details : [] });
  }
  const notTried = rowsNotTried.map(([ids, why]) => `${ids}: ${why}`);
  const passed = results.filter(({ value }) => value === 1).length;
  const summary = `${passed} of ${results.length} rows that were tried hold. Not tried, or not all of it:`;
  const all = {
    name: 'legal-rows-tried',
    value: passed / results.length,
    goal: 1,
    details: [summary, ...notTried],
  };
  return { kind: 'tried', results: [...results, all] };
}

async function faultOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return (error as Error).message.split('\n', 1)[0] ?? 'it failed without a word';
  }
}
